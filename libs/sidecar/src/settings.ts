/**
 * Settings of a sidecar: every `MESH_…` variable of docs/architecture.md, validated once at start by whoever owns the process. It is a shape and not an
 * object, so that a service spreads it into its own schema and one pass names every wrong variable.
 */
import { z } from 'zod'

const label = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be a DNS label: lower-case letters, digits and dashes, at most 63',
  )
const port = z.coerce
  .number()
  .int('must be a whole number')
  .min(0, 'must be 0 to 65535')
  .max(65535, 'must be 0 to 65535')
const filePath = z.string().min(1, 'must name a file')

function url(protocols: readonly string[]) {
  return z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  })
}

export const sidecarSettingsShape = {
  MESH_WORKLOAD: label,
  MESH_NAMESPACE: label.default('meshmart'),
  MESH_INSTANCE: label,
  MESH_TRUST_DOMAIN: z
    .string()
    .regex(/^[a-z0-9._-]{1,255}$/, 'must be a trust domain such as cluster.local')
    .default('cluster.local'),
  MESH_CONTROL_PLANE_URL: url(['https:']).default('https://127.0.0.1:15012'),
  MESH_ROOT_CERT_FILE: filePath,
  MESH_JOIN_TOKEN_FILE: filePath,
  MESH_NATS_URL: url(['tls:', 'nats:']).default('tls://127.0.0.1:4222'),
  MESH_BIND_ADDRESS: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').default('127.0.0.1'),
  MESH_ADVERTISE_ADDRESS: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').optional(),
  MESH_INBOUND_PORT: port.default(0),
  MESH_ADMIN_PORT: port.default(0),
  MESH_ACCESS_LOG: z.string().min(1, 'must be stdout, off or a file').default('stdout'),
  MESH_TRACE_SAMPLING: z.coerce.number().min(0, 'must be 0 to 1').max(1, 'must be 0 to 1').default(1),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
}

const sidecarSettings = z.object(sidecarSettingsShape)
export type SidecarSettings = Readonly<z.infer<typeof sidecarSettings>>
