/**
 * `node dist/init.js --out DIR [--host NAME]… [--ca-secret FILE] [--rotate-root add|switch|drop]`: prepares the mesh's keys, tokens and server certificates.
 * Exits with 64 on a wrong option, with 1 where a step of the rotation cannot be taken now.
 */
import { parseArgs } from 'node:util'
import { initialise, type InitOptions } from './identity/initialise.ts'
import { ROTATION_STEPS, WrongStep } from './identity/root-rotation.ts'

const usage = 'usage: init --out DIR [--host NAME]… [--ca-secret FILE] [--rotate-root add|switch|drop]'

function options(): Pick<InitOptions, 'directory' | 'hosts' | 'secretFile' | 'rotate'> {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string' },
        host: { type: 'string', multiple: true },
        'ca-secret': { type: 'string' },
        'rotate-root': { type: 'string' },
      },
    })
    if (values.out === undefined || values.out === '') throw new Error('--out: is missing')
    const asked = values['rotate-root']
    const rotate = ROTATION_STEPS.find((step) => step === asked)
    if (asked !== undefined && rotate === undefined) throw new Error(`--rotate-root ${asked}: is no step`)
    const secretFile = values['ca-secret']
    return {
      directory: values.out,
      hosts: values.host ?? [],
      ...(secretFile !== undefined && { secretFile }),
      ...(rotate !== undefined && { rotate }),
    }
  } catch (error) {
    process.stderr.write(`init: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`)
    process.exit(64)
  }
}

try {
  const trustDomain = process.env['MESH_TRUST_DOMAIN'] ?? 'cluster.local'
  await initialise({ ...options(), trustDomain, now: Date.now() })
} catch (error) {
  if (!(error instanceof WrongStep)) throw error
  process.stderr.write(`init: --rotate-root: ${error.message}\n`)
  process.exitCode = 1
}
