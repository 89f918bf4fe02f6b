import { DatabaseError } from 'pg'

/** PostgreSQL's five-character SQLSTATE, where it was PostgreSQL that refused. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined
}
