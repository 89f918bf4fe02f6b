/**
 * What a reader types, as LIKE patterns of which all must fit: words in any order and any case. NFKC makes the full-width letters of a Chinese
 * keyboard the same as ours. Control characters only part words: PostgreSQL has no text with a NUL in it.
 */
export const searchPatterns = (query: string): string[] =>
  query
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s\p{Cc}]+/u)
    .filter((word) => word !== '')
    .map((word) => `%${word.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`)
