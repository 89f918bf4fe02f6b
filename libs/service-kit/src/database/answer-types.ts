/** What PostgreSQL's types become, where pg's own answer would lose something: 64 bits do not fit into a number, and text is no number to count with. */
import pg from 'pg'

const { builtins } = pg.types
const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, BigInt],
  // A calendar day has no time zone.
  [builtins.DATE, (text) => text],
])

export const answerTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers.get(oid)) || pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}
