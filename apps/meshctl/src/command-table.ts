/** Every command, in the order of the help. A new one is a file of its own under `commands/` and a row here. */
import type { Command } from './command.ts'
import { analyze } from './commands/analyze.ts'
import { completionOf } from './commands/completion.ts'
import { explain } from './commands/explain.ts'
import { version } from './commands/version.ts'

const OFFLINE: readonly Command[] = [analyze, explain, version]

export const COMMANDS: readonly Command[] = [...OFFLINE, completionOf(() => COMMANDS)]
