/**
 * Settings of a sidecar: every `MESH_…` variable of docs/architecture.md, validated once at start by whoever owns the process. It is a shape and not an
 * object, so that a service spreads it into its own schema and one pass names every wrong variable.
 */
import * as z from 'zod'

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
/** `version=v1,tier=web`: Kubernetes' labels. */
const labels = z.string().transform((text, context): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [, name, value] = /^\s*([A-Za-z0-9][A-Za-z0-9._/-]{0,252})=([A-Za-z0-9._-]{0,63})\s*$/.exec(pair) ?? []
    if (name === undefined || value === undefined)
      context.addIssue({ code: 'custom', message: `must be name=value,name=value: ${JSON.stringify(pair)} is not` })
    else found[name] = value
  }
  return Object.freeze(found)
})

function url(protocols: readonly string[]) {
  return z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  })
}

function urls(protocols: readonly string[]) {
  const one = url(protocols)
  return z.string().refine((text) => text.split(',').every((each) => one.safeParse(each).success), {
    message: `must be URLs, separated by commas, that begin with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  })
}

/** What every process of the mesh is told, whatever its placement. */
export const meshSettingsShape = {
  MESH_WORKLOAD: label,
  MESH_NAMESPACE: label.default('meshmart'),
  MESH_INSTANCE: label,
  MESH_TRUST_DOMAIN: z
    .string()
    .regex(/^[a-z0-9._-]{1,255}$/, 'must be a trust domain such as cluster.local')
    .default('cluster.local'),
  /** One, or one for each replica of the control plane, separated by commas. */
  MESH_CONTROL_PLANE_URL: urls(['https:']).default('https://127.0.0.1:15012'),
  MESH_ROOT_CERT_FILE: filePath,
  MESH_JOIN_TOKEN_FILE: filePath,
  MESH_NATS_URL: url(['tls:', 'nats:']).default('tls://127.0.0.1:4222'),
  MESH_BIND_ADDRESS: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').default('127.0.0.1'),
  MESH_ADVERTISE_ADDRESS: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').optional(),
  /** Beside `app`, which the mesh sets itself: subsets and selectors ask for them. */
  MESH_LABELS: labels.default({}),
  /** `region/zone/subzone`. */
  MESH_LOCALITY: z
    .string()
    .regex(/^[\w.-]*(\/[\w.-]*){0,2}$/, 'must be region/zone/subzone')
    .default(''),
  MESH_ADMIN_PORT: port.default(0),
  MESH_ACCESS_LOG: z.string().min(1, 'must be stdout, off or a file').default('stdout'),
  MESH_TRACE_SAMPLING: z.coerce.number().min(0, 'must be 0 to 1').max(1, 'must be 0 to 1').default(1),
  /** Where the certificate and the last good snapshots are kept for a restart without control plane and NATS; nothing is kept without it. */
  MESH_STATE_DIR: z.string().min(1, 'must name a directory').optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
}

/** Of an application: its sidecar is in its process, or beside it (apps/sidecar, whose own settings are process/settings.ts). */
export const sidecarSettingsShape = {
  ...meshSettingsShape,
  MESH_PLACEMENT: z.enum(['embedded', 'process'], 'must be embedded or process').default('embedded'),
  /** Embedded: of the mTLS listener. */
  MESH_INBOUND_PORT: port.default(0),
  /** Process: where the application listens on loopback; the sidecar process finds it in its `MESH_APP_PORTS`. */
  MESH_APP_PORT: port.min(1, 'must be 1 to 65535').optional(),
  /** Process: where the sidecar process takes the application's calls on loopback; Istio's port. */
  MESH_OUTBOUND_PORT: port.min(1, 'must be 1 to 65535').default(15_001),
  /** Process: the application's own admin listener on loopback, beside its sidecar's. */
  MESH_APP_ADMIN_PORT: port.default(0),
}

const meshSettings = z.object(meshSettingsShape)
export type MeshSettings = Readonly<z.infer<typeof meshSettings>>
const sidecarSettings = z.object(sidecarSettingsShape)
export type SidecarSettings = Readonly<z.infer<typeof sidecarSettings>>
