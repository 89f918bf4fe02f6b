/** Statements have names, by which PostgreSQL knows them again: it parses and plans each once for each connection, and not at each call. */
import type pg from 'pg'

export type Statement = (...values: unknown[]) => pg.QueryConfig

/** @param name of this text alone */
export const statement =
  (name: string, text: string): Statement =>
  (...values) => ({ name, text, values })
