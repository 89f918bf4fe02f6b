/**
 * How long a change of stock may take, in milliseconds, with all that it waits for: many buy at once, and others hold rows. Beyond it the caller has given up, and PostgreSQL
 * takes everything back.
 */
export const stockTransactionMs = 10_000
