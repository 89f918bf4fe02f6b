import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { databaseSettingsShape, mailSettingsShape, type SettingsOf } from '@meshmart/service-kit'
import { z } from 'zod'

const builtStorefront = join(import.meta.dirname, '../../storefront/dist')

export const settings = z.object({
  ...databaseSettingsShape,
  ...mailSettingsShape,
  PUBLIC_ADDRESS: z.string().min(1).default('127.0.0.1'),
  PUBLIC_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Whether other gateways of this machine listen on the same public ports: a browser goes to whichever there is. Linux only (SO_REUSEPORT). */
  PUBLIC_PORT_SHARED: z.stringbool().default(false),
  /** For servers of Gateways that speak TLS; without it there is only the plain port. */
  PUBLIC_TLS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  /** A folder for each `credentialName` of a Gateway: `tls.crt`, `tls.key` and, for MUTUAL, `ca.crt`. */
  INGRESS_CREDENTIALS_DIR: z
    .string()
    .refine((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true, {
      message: 'is no directory',
    })
    .optional(),
  /** Signs the session cookie. */
  SESSION_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, { message: 'must have 32 bytes or more' }),
  STOREFRONT_DIR: z
    .string()
    .refine((folder) => existsSync(join(folder, 'index.html')), {
      message: 'has no index.html; build the storefront first',
    })
    .prefault(builtStorefront),
  /** Password of the demo accounts; without it there are none. */
  DEMO_PASSWORD: z.string().min(10).max(200).optional(),
  /** Of the demo's mailbox; without it the back office shows no e-mails. */
  MAILBOX_API_KEY: z.string().min(32).optional(),
})
export type Settings = SettingsOf<typeof settings>

/** The public ports, for the Gateways that select `istio: ingressgateway`. */
export function ingressOf(
  read: Pick<
    Settings,
    'PUBLIC_ADDRESS' | 'PUBLIC_PORT' | 'PUBLIC_PORT_SHARED' | 'PUBLIC_TLS_PORT' | 'INGRESS_CREDENTIALS_DIR'
  >,
) {
  const { PUBLIC_ADDRESS, PUBLIC_PORT, PUBLIC_PORT_SHARED, PUBLIC_TLS_PORT, INGRESS_CREDENTIALS_DIR } = read
  return {
    address: PUBLIC_ADDRESS,
    port: PUBLIC_PORT,
    shared: PUBLIC_PORT_SHARED,
    selector: 'istio-ingressgateway',
    ...(PUBLIC_TLS_PORT !== undefined && {
      tls: { port: PUBLIC_TLS_PORT, credentialsDirectory: INGRESS_CREDENTIALS_DIR ?? null },
    }),
  }
}
