/**
 * The part of a Prisma client that the kit needs. Each service generates a client type of its own; what outbox, inbox and idempotency do is SQL
 * on tables that all of them share, so this shape is enough and every generated client has it.
 */
export interface SqlTransaction {
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<number>
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): PromiseLike<T>
}

export interface Database extends SqlTransaction {
  $transaction<R>(
    work: (tx: SqlTransaction) => Promise<R>,
    options?: { maxWait?: number; timeout?: number },
  ): Promise<R>
  $disconnect(): Promise<void>
}

/** Injection token of the service's Prisma client, seen as a Database. */
export const DATABASE = Symbol('database')
