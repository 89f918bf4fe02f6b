/**
 * The mailbox's settings, read once; all that are wrong are named in one go. Every `X` may come as `X_FILE`, a file with the value. They are checked by hand: a
 * schema library would be a third of this process's memory.
 */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { isLogLevel, type LogLevel } from '@meshmart/contracts/log'
import { SettingsError } from '@meshmart/contracts/settings'

export interface Settings {
  /** Where SMTP and the read API listen; another one than loopback needs a certificate. */
  readonly address: string
  readonly smtpPort: number
  readonly httpPort: number
  /** Loopback only: readiness. */
  readonly adminPort: number
  /** PEM files; with them SMTP offers STARTTLS and takes nothing without it, and the read API speaks HTTPS. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  /** What a reader proves itself with. */
  readonly apiKey: string
  /** Folder of what was received. */
  readonly directory: string
  readonly logLevel: LogLevel
}

const loopback = /^(127\.|::1$)/

/** Throws SettingsError. An empty variable counts as unset. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const problems: string[] = []
  const read = (name: string): string => {
    const file = environment[`${name}_FILE`]
    try {
      return environment[name] || (file ? readFileSync(file, 'utf8').trim() : '')
    } catch (error) {
      problems.push(`${name}_FILE: cannot read ${file}: ${(error as Error).message}`)
      return ''
    }
  }
  const checked = (name: string, value: string, isRight: boolean, wrong: string): string => {
    if (!isRight && !problems.some((problem) => problem.startsWith(name))) problems.push(`${name}: ${wrong}`)
    return value
  }
  const port = (name: string, byDefault: number): number => {
    const value = Number(read(name) || byDefault)
    checked(name, String(value), Number.isInteger(value) && value >= 0 && value <= 65_535, 'must be a port, 0 to 65535')
    return value
  }
  const address = read('MAILBOX_ADDRESS') || '127.0.0.1'
  checked('MAILBOX_ADDRESS', address, isIP(address) !== 0, 'must be an IP address')
  const apiKey = read('MAILBOX_API_KEY')
  checked(
    'MAILBOX_API_KEY',
    apiKey,
    apiKey.length >= 32,
    apiKey === '' ? 'is missing' : 'must have at least 32 characters',
  )
  const directory = read('MAILBOX_DIR')
  checked('MAILBOX_DIR', directory, directory !== '', 'is missing')
  // These two are paths themselves.
  const certFile = environment['MAILBOX_TLS_CERT_FILE'] ?? ''
  const keyFile = environment['MAILBOX_TLS_KEY_FILE'] ?? ''
  checked(
    'MAILBOX_TLS_KEY_FILE',
    keyFile,
    (certFile === '') === (keyFile === ''),
    'certificate and key belong together',
  )
  checked(
    'MAILBOX_TLS_CERT_FILE',
    certFile,
    certFile !== '' || loopback.test(address),
    'is needed where it listens beyond loopback',
  )
  const logLevel = read('LOG_LEVEL') || 'info'
  checked('LOG_LEVEL', logLevel, isLogLevel(logLevel), 'must be debug, info, warn or error')
  const settings: Settings = {
    address,
    smtpPort: port('MAILBOX_SMTP_PORT', 2525),
    httpPort: port('MAILBOX_HTTP_PORT', 8025),
    adminPort: port('MAILBOX_ADMIN_PORT', 0),
    tls: certFile === '' || keyFile === '' ? null : { certFile, keyFile },
    apiKey,
    directory,
    logLevel: isLogLevel(logLevel) ? logLevel : 'info',
  }
  if (problems.length > 0) throw new SettingsError(problems)
  return Object.freeze(settings)
}
