/** A shop that has sold before the warehouses came keeps its goods, its holds and its history. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMigrations } from '@meshmart/service-kit'
import { createTestDatabase } from '@meshmart/service-kit/testing'
import pg from 'pg'
import { expect, it } from 'vitest'
import { migrations } from '../testing/open-inventory.ts'

const first = '20261122000000_stock_and_reservations'
const held = '00000000-0000-4000-8000-00000000000a'
const sold = '00000000-0000-4000-8000-00000000000b'
const gone = '00000000-0000-4000-8000-00000000000c'

it('what was there lies in the central warehouse, held and sold from there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshmart-migrations-'))
  cpSync(join(migrations, first), join(folder, first), { recursive: true })
  const database = await createTestDatabase({ service: 'inventory', migrations: folder })
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  try {
    await client.query(`
      INSERT INTO product VALUES ('OLD-MUG', 0, 'Mug', '杯', 'Old', '旧', 'kitchen', 100, 'EUR', '/p.svg', 1);
      INSERT INTO stock VALUES ('OLD-MUG', 0, 0);
      INSERT INTO reservation SELECT id, id, state, now(), now(), now()
        FROM (VALUES ('${held}'::uuid, 'held'), ('${sold}', 'confirmed'), ('${gone}', 'released')) AS given(id, state);
      INSERT INTO reservation_line SELECT id, 0, 'OLD-MUG', 2, 100, 'EUR' FROM reservation;
      INSERT INTO stock_movement (sku, kind, quantity, at) VALUES ('OLD-MUG', 'opening', 10, now());
      INSERT INTO stock_movement (sku, kind, quantity, reservation_id, at) VALUES ('OLD-MUG', 'sold', -2, '${sold}', now());
      UPDATE stock SET held = 2`)
    await applyMigrations(database.ownerUrl, migrations)
    const { rows: stock } = await client.query('SELECT warehouse, on_hand, held FROM stock ORDER BY warehouse')
    expect(stock).toEqual([
      { warehouse: 'central', on_hand: 8, held: 2 },
      { warehouse: 'harbour', on_hand: 0, held: 0 },
      { warehouse: 'transit', on_hand: 0, held: 0 },
    ])
    const { rows: words } = await client.query('SELECT word FROM search_word ORDER BY word')
    expect(words.map(({ word }) => word)).toEqual(['mug', 'old', '旧', '杯'])
    // The hold that was made before is given back by the new triggers.
    await client.query(`UPDATE reservation SET state = 'expired' WHERE id = $1`, [held])
    const { rows: after } = await client.query(`SELECT on_hand, held FROM stock WHERE warehouse = 'central'`)
    expect(after).toEqual([{ on_hand: 8, held: 0 }])
    const { rows: allocated } = await client.query('SELECT reservation_id, warehouse FROM reservation_allocation')
    expect(allocated).toEqual([{ reservation_id: sold, warehouse: 'central' }])
  } finally {
    await client.end()
    await database.drop()
    rmSync(folder, { recursive: true })
  }
})
