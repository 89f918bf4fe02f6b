/** `npm run seed -- --products N`: a catalogue of that size in a running shop. What is there stays. */
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { connectAsSuperuser } from '../testing/superuser.ts'
import { loadProducts, MOVEMENTS_PER_PRODUCT } from './load.ts'

const USAGE = `usage: npm run seed -- --products N [--home DIR]
  --products  how many there shall be beside the shop's own, 1 to 2000000; what an earlier run made counts
  --home      MESHMART_HOME of the running shop (default: the variable, else .meshmart)`
const MOST = 2_000_000

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { products: { type: 'string' }, home: { type: 'string' } } })
  const products = /^\d{1,7}$/.test(values.products ?? '') ? Number(values.products) : 0
  if (products < 1 || products > MOST) throw new Error('--products must be a whole number from 1 to 2000000')
  const clone = dirname(dirname(import.meta.dirname))
  const home = resolve(values.home ?? process.env['MESHMART_HOME'] ?? join(clone, '.meshmart'))
  const client = await connectAsSuperuser(home, 'inventory', { options: '-c timezone=UTC' })
  const started = performance.now()
  try {
    await loadProducts(client, products, (done) => {
      const seconds = (performance.now() - started) / 1000
      console.log(
        `${seconds.toFixed(1).padStart(7)} s  ${done} of ${products} products, ${done * MOVEMENTS_PER_PRODUCT} movements`,
      )
    })
  } finally {
    await client.end()
  }
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(7)} s  indexed and analysed`)
}

try {
  await main()
} catch (error) {
  console.error(`The seed failed: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  process.exitCode = 2
}
