/** Names of header fields as MeshConfig's extension providers write them: exact, or `prefix*`. Prepared once; names are compared in lower case. */

export interface HeaderPatterns {
  readonly empty: boolean
  fits(name: string): boolean
}

export function prepareHeaderPatterns(patterns: readonly string[]): HeaderPatterns {
  const lower = patterns.map((pattern) => pattern.toLowerCase())
  const exact = new Set(lower.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = lower.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))
  return {
    empty: lower.length === 0,
    fits: (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix)),
  }
}
