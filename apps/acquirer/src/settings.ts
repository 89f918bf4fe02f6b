/** The acquirer's settings, read as those of the shop's services are. */
import { readFileSync } from 'node:fs'
import { acquirerEventTypes } from '@meshmart/contracts'
import { readSettings as readAll } from '@meshmart/contracts/settings'
import { z } from 'zod'
import { leversShape } from './levers.ts'

const port = z.coerce.number().int().min(0).max(65_535)
const loopback = /^(127\.|::1$)/

const shape = {
  ACQUIRER_ADDRESS: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
  /** HTTPS, or plain HTTP on loopback where it was given no certificate. */
  ACQUIRER_PORT: port.default(8443),
  ACQUIRER_TLS_CERT_FILE: z.string().min(1).optional(),
  ACQUIRER_TLS_KEY_FILE: z.string().min(1).optional(),
  /** Loopback only: readiness and levers. */
  ACQUIRER_ADMIN_PORT: port.default(0),
  /** What the merchant proves itself with. */
  ACQUIRER_API_KEY: z.string().min(32, 'must have at least 32 characters'),
  /** Where the merchant listens; nothing is told where it is not given. */
  ACQUIRER_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** What the merchant is told is signed with. */
  ACQUIRER_WEBHOOK_SECRET: z.string().min(32, 'must have at least 32 characters'),
  /** Which of them the merchant wants to hear; all by default. */
  ACQUIRER_WEBHOOK_TYPES: z
    .string()
    .default(acquirerEventTypes.join(','))
    .transform((text) => text.split(',').map((type) => type.trim()))
    .pipe(z.array(z.enum(acquirerEventTypes))),
  /** How long money is held on a card before it is let go. */
  ACQUIRER_HOLD_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(30 * 86_400)
    .default(7 * 86_400),
  /** How far this process's clock is off, to try what clocks that differ do. */
  ACQUIRER_CLOCK_SKEW_SECONDS: z.coerce.number().int().min(-86_400).max(86_400).default(0),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must be a URL that begins with postgresql://'),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(50).default(6),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  ...leversShape,
}

const Settings = z
  .object(shape)
  .refine(
    (settings) => (settings.ACQUIRER_TLS_CERT_FILE === undefined) === (settings.ACQUIRER_TLS_KEY_FILE === undefined),
    {
      path: ['ACQUIRER_TLS_KEY_FILE'],
      message: 'certificate and key belong together',
    },
  )
  .refine((settings) => settings.ACQUIRER_TLS_CERT_FILE !== undefined || loopback.test(settings.ACQUIRER_ADDRESS), {
    path: ['ACQUIRER_TLS_CERT_FILE'],
    message: 'is needed where it listens beyond loopback',
  })
export type Settings = Readonly<z.infer<typeof Settings>>

/** @throws SettingsError */
export const readSettings = (environment: NodeJS.ProcessEnv): Settings =>
  readAll(Settings, environment, (path) => readFileSync(path, 'utf8'))
