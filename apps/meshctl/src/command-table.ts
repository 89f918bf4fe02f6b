/** Every command, in the order of the help. A new one is a file of its own under `commands/` and a row here. */
import type { Command } from './command.ts'
import { analyze } from './commands/analyze.ts'
import { apply } from './commands/apply.ts'
import { certs } from './commands/certs.ts'
import { completionOf } from './commands/completion.ts'
import { deadLetters } from './commands/dead-letters.ts'
import { remove } from './commands/delete.ts'
import { describe } from './commands/describe.ts'
import { diff } from './commands/diff.ts'
import { explain } from './commands/explain.ts'
import { fault } from './commands/fault.ts'
import { get } from './commands/get.ts'
import { history } from './commands/history.ts'
import { proxyConfig } from './commands/proxy-config.ts'
import { proxyStatus } from './commands/proxy-status.ts'
import { rollback } from './commands/rollback.ts'
import { traffic } from './commands/traffic.ts'
import { version } from './commands/version.ts'
import { wait } from './commands/wait.ts'

/** Those that ask the control plane. */
const ONLINE: readonly Command[] = [
  apply,
  diff,
  get,
  describe,
  remove,
  history,
  rollback,
  proxyStatus,
  proxyConfig,
  wait,
  traffic,
  fault,
  certs,
  deadLetters,
]
const OFFLINE: readonly Command[] = [analyze, explain, version]

export const COMMANDS: readonly Command[] = [...ONLINE, ...OFFLINE, completionOf(() => COMMANDS)]
