/** For specs: one run of meshctl without a process. */
import { COMMANDS } from '../command-table.ts'
import type { Command } from '../command.ts'
import { meshctl } from '../meshctl.ts'

export interface Run {
  readonly exitCode: number
  readonly out: string
  readonly error: string
}

/** @param input what standard input holds */
export async function run(words: readonly string[], input = '', commands: readonly Command[] = COMMANDS): Promise<Run> {
  let out = ''
  let error = ''
  const exitCode = await meshctl(commands, words, {
    out: (text) => (out += text),
    error: (text) => (error += text),
    readInput: () => Promise.resolve(new TextEncoder().encode(input)),
    lines: () => Promise.resolve(linesOf(input)),
  })
  return { exitCode, out, error }
}

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.split('\n')
}
