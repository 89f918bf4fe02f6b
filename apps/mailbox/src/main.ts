/** The mailbox as a process: until SIGTERM or SIGINT. Exit code 78 for wrong settings, 1 for any other failure. */
import { EXIT_CONFIG, SettingsError } from '@meshmart/contracts/settings'
import { startMailbox } from './mailbox.ts'
import { readSettings } from './settings.ts'

try {
  const mailbox = await startMailbox(readSettings(process.env))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void mailbox.stop().then(() => process.exit(0)))
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(error instanceof SettingsError ? EXIT_CONFIG : 1)
}
