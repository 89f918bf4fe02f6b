/**
 * Fills inventory's database with as many products as are asked for, each with ten movements: what a catalogue looks like that has been in use for two months.
 * Made in the database, ten thousand products in each transaction, so that neither side ever holds more than that; the n-th product is always the same one, so
 * a second run goes on where the first one was stopped. Triggers would add up ten million movements one by one: they are off for this session (which only a
 * superuser can do), the sums are written beside the movements, and the audit's rules prove afterwards that both agree.
 */
import type pg from 'pg'
import { looks, looksZh, materials, materialsZh, pictures, things, thingsZh } from './vocabulary.ts'

const CHUNK = 10_000
/** From here on it is quicker to make the index of all words anew than to add to it. */
const REBUILD_FROM = 50_000
export const MOVEMENTS_PER_PRODUCT = 10

/** @param client a superuser's @param progress called with the number of products that are there */
export async function loadProducts(
  client: pg.Client,
  products: number,
  progress: (done: number) => void,
): Promise<void> {
  await client.query('SET session_replication_role = replica')
  const there = await countSeeded(client)
  const rebuild = products - there >= REBUILD_FROM
  if (rebuild) await client.query('DROP INDEX IF EXISTS product_words')
  try {
    for (let from = there; from < products; from += CHUNK) {
      const until = Math.min(from + CHUNK, products)
      await loadChunk(client, from, until)
      progress(until)
    }
  } finally {
    await client.query(`SET maintenance_work_mem = '256MB'`)
    await client.query('CREATE INDEX IF NOT EXISTS product_words ON product USING gin (words) WITH (fastupdate = off)')
    await client.query('SET session_replication_role = origin')
  }
  await client.query('VACUUM (ANALYZE) product')
  for (const table of ['stock', 'stock_movement', 'search_word']) await client.query(`VACUUM (ANALYZE) ${table}`)
}

/** Numbers are given without gaps, so the last one tells how many there are. */
async function countSeeded(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ last: string | null }>(
    `SELECT max(sku) AS last FROM product WHERE sku LIKE 'SEED-%'`,
  )
  const last = rows[0]?.last
  return last ? Number(last.slice('SEED-'.length)) + 1 : 0
}

async function loadChunk(client: pg.Client, from: number, until: number): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(PRODUCTS, [from, until, looks, looksZh, materials, materialsZh, things, thingsZh, pictures])
    await client.query(
      `INSERT INTO search_word SELECT word, count(*) FROM product, unnest(tsvector_to_array(words)) AS word
       WHERE sku >= $1 AND sku < $2 AND word !~ '[0-9]' GROUP BY word
       ON CONFLICT (word) DO UPDATE SET products = search_word.products + excluded.products`,
      [skuOf(from), skuOf(until)],
    )
    await client.query(MOVEMENTS, [from, until])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

const skuOf = (n: number): string => `SEED-${String(n).padStart(8, '0')}`

/**
 * Different numbers are coprime steps through the vocabulary, so that names look shuffled and repeat late. The series is a made-up word of three syllables, one
 * of about twelve thousand: what is rare in a search.
 */
const PRODUCTS = `
  INSERT INTO product (sku, position, name_en, name_zh_cn, description_en, description_zh_cn, category, price_amount, price_currency, picture, reorder_point)
  SELECT 'SEED-' || lpad(n::text, 8, '0'), 1000 + n,
    initcap(series) || ' ' || lower(look) || ' ' || material || ' ' || thing,
    look_zh || material_zh || thing_zh,
    format('A %s %s of %s from the %s series, number %s. Made by hand and packed in recycled board, with a %s finish that lasts.', lower(look), thing, material, initcap(series), n, lower(other)),
    format('%s系列%s%s，手工制作，编号 %s。', look_zh, material_zh, thing_zh, n),
    (ARRAY['kitchen', 'textiles', 'stationery', 'lighting', 'garden'])[1 + (kind - 1) / 8], 500 + (n * 37) % 9500, 'EUR',
    '/products/' || ($9::text[])[1 + (kind - 1) / 8] || '.svg', 20
  FROM (
    SELECT n, kind, ($3::text[])[1 + (n * 7) % 30] AS look, ($4::text[])[1 + (n * 7) % 30] AS look_zh,
      ($5::text[])[1 + (n * 11 + n / 30) % 30] AS material, ($6::text[])[1 + (n * 11 + n / 30) % 30] AS material_zh,
      ($7::text[])[kind] AS thing, ($8::text[])[kind] AS thing_zh, ($3::text[])[1 + (n * 13 + n / 900) % 30] AS other,
      syllable[1 + (n * 17) % 23] || syllable[1 + (n * 5 + n / 23) % 23] || syllable[1 + (n / 529 + n) % 23] AS series
    FROM generate_series($1::bigint, $2::bigint - 1) AS n,
      LATERAL (SELECT 1 + ((n * 3 + n / 40) % 40)::int AS kind) AS kinds,
      (SELECT ARRAY['bel','cor','dan','eth','fal','gri','hol','ist','jun','kar','lom','mir','nor','oll','pel','qui','ros','sil','tor','ulm','ver','wyn','zan'] AS syllable) AS syllables
  ) AS made`

/** Opening in both warehouses, then eight stock-takes of which each finds a difference; every document is one stock-take of the chunk. */
const MOVEMENTS = `
  WITH document AS (
    INSERT INTO stock_document (id, kind, actor, note, at)
    SELECT gen_random_uuid(), 'stock-take', 'seed', 'week ' || week, now() - interval '1 week' * (9 - week) FROM generate_series(1, 8) AS week
    RETURNING id, at, split_part(note, ' ', 2)::int AS week
  ), step AS (
    SELECT 0 AS week, 'opening' AS kind, NULL::uuid AS id, now() - interval '70 days' AS at, warehouse, opening
      FROM (VALUES ('central', 200), ('harbour', 100)) AS place(warehouse, opening)
    UNION ALL SELECT week, 'counted', id, at, CASE week % 2 WHEN 0 THEN 'central' ELSE 'harbour' END, NULL FROM document
  ), moved AS (
    INSERT INTO stock_movement (sku, warehouse, kind, quantity, document_id, at)
    SELECT 'SEED-' || lpad(n::text, 8, '0'), warehouse, kind, coalesce(opening, CASE (n + week) % 3 WHEN 0 THEN 1 WHEN 1 THEN -2 ELSE -5 END), id, at
    FROM generate_series($1::bigint, $2::bigint - 1) AS n CROSS JOIN step ORDER BY n, week
    RETURNING sku, warehouse, quantity
  )
  INSERT INTO stock (sku, warehouse, on_hand)
  SELECT sku, code, coalesce(sum(quantity) FILTER (WHERE moved.warehouse = code), 0) FROM moved CROSS JOIN warehouse GROUP BY sku, code`
