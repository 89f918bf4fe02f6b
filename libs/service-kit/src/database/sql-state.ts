/** PostgreSQL's five-character SQLSTATE of whatever a query threw, through the wrappings that Prisma and its driver adapter put around it. */
export function sqlStateOf(error: unknown): string | undefined {
  const seen = new Set<object>()
  const search = (value: unknown): string | undefined => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
    seen.add(value)
    for (const key of ['originalCode', 'code'] as const) {
      const code = (value as Record<string, unknown>)[key]
      // Prisma has codes of the same length, P2010 and the like; PostgreSQL itself only has P0xxx.
      if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^P[1-9]\d{3}$/.test(code)) return code
    }
    for (const key of ['meta', 'driverAdapterError', 'cause'] as const) {
      const found = search((value as Record<string, unknown>)[key])
      if (found) return found
    }
    return undefined
  }
  return search(error)
}
