/**
 * How long a change of stock may wait: for a connection of the pool while many buy at once, and for the rows that others hold. Beyond it the caller
 * has given up, and PostgreSQL takes everything back.
 */
export const stockTransaction = { maxWait: 5_000, timeout: 10_000 } as const
