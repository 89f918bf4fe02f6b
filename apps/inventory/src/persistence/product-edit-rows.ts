/** Editions of a product as rows. */
import type { EditedField, ProductEdit, StoredStaffProduct } from '@meshmart/contracts'
import type { Queryable, Transaction } from '@meshmart/service-kit'

export interface Edition {
  readonly version: number
  readonly withdrawnAt: Date | null
  readonly edit: ProductEdit
}

/** The product as it is once nobody else edits it any more; the lock lasts until the transaction ends. Who buys it does not wait for it. */
export async function lockEdition(tx: Transaction, sku: string): Promise<Edition | undefined> {
  const [row] = await tx.query<Edition>`
    SELECT "version", "withdrawn_at" AS "withdrawnAt", jsonb_build_object(
      'name', jsonb_build_object('en', "name_en", 'zh-CN', "name_zh_cn"),
      'description', jsonb_build_object('en', "description_en", 'zh-CN', "description_zh_cn"),
      'category', "category", 'price', jsonb_build_object('amount', "price_amount", 'currency', "price_currency"),
      'reorderPoint', "reorder_point", 'forSale', "withdrawn_at" IS NULL) AS "edit"
    FROM "product" WHERE "sku" = ${sku} FOR NO KEY UPDATE`
  return row
}

/** The product must be locked, and the edit that makes this edition written. */
export async function writeEdition(
  tx: Transaction,
  sku: string,
  { version, withdrawnAt, edit }: Edition,
): Promise<void> {
  const { name, description, category, price, reorderPoint } = edit
  await tx.execute`
    UPDATE "product" SET "name_en" = ${name.en}, "name_zh_cn" = ${name['zh-CN']}, "description_en" = ${description.en},
      "description_zh_cn" = ${description['zh-CN']}, "category" = ${category}, "price_amount" = ${price.amount},
      "reorder_point" = ${reorderPoint}, "version" = ${version}, "withdrawn_at" = ${withdrawnAt}::timestamptz
    WHERE "sku" = ${sku}`
}

export interface NewEdit {
  readonly sku: string
  readonly version: number
  readonly actor: string
  readonly at: Date
  readonly changes: readonly EditedField[]
}

export async function insertEdit(tx: Transaction, { sku, version, actor, at, changes }: NewEdit): Promise<void> {
  await tx.execute`
    INSERT INTO "product_edit" ("sku", "version", "actor", "at", "changes")
    VALUES (${sku}, ${version}, ${actor}, ${at}, ${JSON.stringify(changes)}::jsonb)`
}

/** Newest first. */
export async function readEdits(tx: Queryable, sku: string, limit: number): Promise<StoredStaffProduct['edits']> {
  const rows = await tx.query<Omit<StoredStaffProduct['edits'][number], 'at'> & { at: Date }>`
    SELECT "version", "actor", "at", "changes" FROM "product_edit" WHERE "sku" = ${sku} ORDER BY "version" DESC LIMIT ${limit}`
  return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }))
}
