/** Runs a generator of this folder as a process of its own on the load core (this program's own garbage would show in its figures). */
import { join } from 'node:path'
import { outputOf } from './program.ts'

/** @returns the JSON that the generator prints as its last line; rejects with its standard error where it fails */
export async function generate<Result>(program: string, options: object): Promise<Result> {
  const args = ['--max-semi-space-size=64', join(import.meta.dirname, program), JSON.stringify(options)]
  const stdout = await outputOf(process.execPath, args)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Result
}
