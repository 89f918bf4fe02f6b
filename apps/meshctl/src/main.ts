import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { COMMANDS } from './command-table.ts'
import { UsageError } from './command.ts'
import { meshctl } from './meshctl.ts'

// A reader that has seen enough closes the pipe, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})
process.exitCode = await meshctl(COMMANDS, process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void writeSync(2, text),
  readInput: () => buffer(process.stdin),
  async lines(path) {
    if (path === '-') return createInterface({ input: process.stdin })
    const file = await open(path).catch((error: unknown) => {
      throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    })
    return file.readLines()
  },
})
