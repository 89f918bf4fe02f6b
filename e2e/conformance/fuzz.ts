/**
 * Random messages against the codec for a given time: `npm run fuzz -- --seconds 60 [--seed 1234]`. The seed is printed first, so that whatever is found can be
 * found again; the exit code is 1 where something is.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fuzzCodec } from '@meshmart/sidecar/internal'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } })

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${option}: ${text}: must be a whole number`)
  return value
}

const MAX_SEED = 2 ** 32
const seed = values.seed === undefined ? randomInt(MAX_SEED) : wholeNumber('seed', values.seed)
const seconds = wholeNumber('seconds', values.seconds)
process.stdout.write(`seed ${seed}, ${seconds} s\n`)
try {
  const { cases } = fuzzCodec({ seed, milliseconds: seconds * 1000 })
  process.stdout.write(`${cases} cases, nothing found\n`)
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
