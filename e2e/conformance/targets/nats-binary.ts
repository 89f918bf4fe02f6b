/** The nats-server that `npm start` has fetched, or that the environment names. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

const CACHE = new URL('../../../.meshmart/cache/', import.meta.url).pathname

/** @throws Error that says where one is looked for */
export async function natsBinary(): Promise<string> {
  const named = process.env['TEST_NATS_SERVER']
  if (named !== undefined) return named
  const cached = (existsSync(CACHE) ? await readdir(CACHE) : []).find((name) => name.startsWith('nats-server'))
  if (cached === undefined) {
    throw new Error(`conformance: no nats-server in ${CACHE}: run npm start once, or set TEST_NATS_SERVER`)
  }
  return join(CACHE, cached)
}
