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
  const { id, kind, actor, note, at } = document
  const made = await tx.execute`
    INSERT INTO "stock_document" ("id", "kind", "actor", "note", "at") VALUES (${id}::uuid, ${kind}, ${actor}, ${note}, ${at})
    ON CONFLICT DO NOTHING`
  return made === 1
}

/**
 * The stock that they move must be locked (`lockStock`); the place `transit` comes last in the order of locks and needs none.
 * @param documentId null for an opening, which nobody has to answer for
 */
export async function insertMovements(
  tx: Transaction,
  documentId: string | null,
  movements: readonly NewMovement[],
  at: Date,
): Promise<void> {
  await tx.execute`
    INSERT INTO "stock_movement" ("sku", "warehouse", "kind", "quantity", "document_id", "at")
    SELECT given.sku, given.warehouse, given.kind, given.quantity, ${documentId}::uuid, ${at}::timestamptz
    FROM unnest(${movements.map(({ sku }) => sku)}::text[], ${movements.map(({ warehouse }) => warehouse)}::text[],
      ${movements.map(({ kind }) => kind)}::text[], ${movements.map(({ quantity }) => quantity)}::int[])
      AS given(sku, warehouse, kind, quantity)`
}
