import { EXIT, type Command } from '../command.ts'

/** That of package.json, which a bundle does not carry along; a test keeps the two the same. */
export const VERSION = '0.1.0'

export const version: Command = {
  name: 'version',
  summary: 'Prints the version of meshctl',
  options: {},
  examples: [['meshctl version -o json', 'for a program']],
  run() {
    const result = { meshctl: VERSION, node: process.versions.node }
    return { exitCode: EXIT.fine, result, words: () => `meshctl ${result.meshctl} (node ${result.node})` }
  },
}
