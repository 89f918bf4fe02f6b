/** Movements that are neither a sale nor its return, and the document that says who made them. */
import { type Transaction } from '@meshmart/service-kit'
import type { movementKinds } from '@meshmart/contracts'

export interface NewMovement {
  readonly sku: string
  readonly warehouse: string
  readonly kind: (typeof movementKinds)[number]
  readonly quantity: number
}
export interface NewDocument {
  readonly id: string
  readonly kind: 'transfer' | 'replenishment' | 'stock-take' | 'channel-feed' | 'return'
  readonly actor: string
  readonly note: string
  readonly at: Date
}

/** False where a document of this id is there already; waits where another transaction is just making it. */
export async function insertDocument(tx: Transaction, document: NewDocument): Promise<boolean> {
  const { count } = await tx.stockDocument.createMany({ data: document, skipDuplicates: true })
  return count === 1
}

/** The stock that they move must be locked (`lockStock`); the place `transit` comes last in the order of locks and needs none. */
export async function insertMovements(
  tx: Transaction,
  documentId: string,
  movements: readonly NewMovement[],
  at: Date,
): Promise<void> {
  await tx.stockMovement.createMany({ data: movements.map((movement) => ({ ...movement, documentId, at })) })
}
