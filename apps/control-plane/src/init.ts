/** `node dist/init.js --out DIR [--host NAME]…`: prepares the mesh's keys, tokens and server certificates. Exits with 64 on a wrong option. */
import { parseArgs } from 'node:util'
import { initialise } from './identity/initialise.ts'

const usage = 'usage: init --out DIR [--host NAME]…'

function options(): { out: string; host: string[] } {
  try {
    const { values } = parseArgs({ options: { out: { type: 'string' }, host: { type: 'string', multiple: true } } })
    if (values.out === undefined || values.out === '') throw new Error('--out: is missing')
    return { out: values.out, host: values.host ?? [] }
  } catch (error) {
    process.stderr.write(`init: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`)
    process.exit(64)
  }
}

const { out, host } = options()
const trustDomain = process.env['MESH_TRUST_DOMAIN'] ?? 'cluster.local'
await initialise({ directory: out, hosts: host, trustDomain, now: Date.now() })
