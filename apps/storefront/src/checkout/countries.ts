/** Where the demo delivers to (ISO 3166-1 alpha-2), named and sorted in the reader's language. */
const deliversTo = ['AT', 'AU', 'BE', 'CA', 'CH', 'CN', 'DE', 'DK', 'ES', 'FI', 'FR', 'GB', 'HK', 'IE', 'IT', 'JP', 'NL', 'NO', 'PL', 'PT', 'SE', 'SG', 'US'] // prettier-ignore

export function countries(language: string): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(language, { type: 'region' })
  const order = new Intl.Collator(language)
  return deliversTo
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .toSorted((a, b) => order.compare(a.name, b.name))
}
