/** The control plane's settings: read from the environment once, checked, frozen (docs/architecture.md, "Settings"). */
import { existsSync, statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { kubeconfigAccess, podAccess, type KubernetesAccess } from './config/kubernetes/access.ts'
import { dnsLabel } from './identity/dns-label.ts'

const port = z.coerce.number('must be a port number').int('must be a port number').min(0).max(65_535)
const ip = z.union([z.ipv4(), z.ipv6()], 'must be an IP address')
const isDirectory = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()
const directory = z.string().min(1).refine(isDirectory, 'is no directory')

const Variables = z.object({
  CONTROL_PLANE_STATE_DIR: directory.refine(
    (path) => existsSync(join(path, 'issuing.key')),
    'holds no issuing.key: run init first, and name its DIR/ca',
  ),
  CONTROL_PLANE_CA_SECRET_FILE: z.string().min(1).optional(),
  CONTROL_PLANE_INSTANCE: z
    .string()
    .regex(dnsLabel, 'must be a DNS label, such as control-plane-1')
    .default('control-plane-1'),
  CONTROL_PLANE_ADDRESS: ip.default('127.0.0.1'),
  CONTROL_PLANE_PORT: port.default(15_012),
  CONTROL_PLANE_ADVERTISE_ADDRESS: ip.optional(),
  CONTROL_PLANE_CONFIG_SOURCE: z.enum(['folder', 'kubernetes'], 'must be folder or kubernetes').default('folder'),
  /** One or several, separated by commas. */
  CONTROL_PLANE_CONFIG_DIR: z
    .string()
    .default('infra/mesh')
    .transform((text) => text.split(',')),
  CONTROL_PLANE_KUBERNETES_NAMESPACES: z
    .string()
    .default('')
    .transform((list) => list.split(',').flatMap((name) => name.trim() || []))
    .refine(
      (names) => names.every((name) => dnsLabel.test(name)),
      'must be names of namespaces with commas between them',
    ),
  KUBECONFIG: z.string().min(1).optional(),
  MESH_NATS_URL: z.url({ protocol: /^(tls|nats)$/ }).default('tls://127.0.0.1:4222'),
  MESH_TRUST_DOMAIN: z
    .string()
    .regex(/^[a-z0-9._-]{1,255}$/, 'must be a trust domain, such as cluster.local')
    .default('cluster.local'),
  MESH_CERTIFICATE_TTL_SECONDS: z.coerce
    .number()
    .int()
    .min(5, 'must be at least 5')
    .max(86_400 * 90)
    .default(3_600),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
})
const Settings = Variables.superRefine(
  ({ CONTROL_PLANE_CONFIG_SOURCE: source, CONTROL_PLANE_CONFIG_DIR: folders }, context) => {
    if (source === 'kubernetes' || folders.every(isDirectory)) return
    context.addIssue({ code: 'custom', path: ['CONTROL_PLANE_CONFIG_DIR'], message: 'is no directory', input: folders })
  },
)

export interface Settings extends Readonly<z.infer<typeof Settings>> {
  readonly CONTROL_PLANE_ADVERTISE_ADDRESS: string
  /** How the Kubernetes API is reached; null where it is not the source of configuration. */
  readonly kubernetes: KubernetesAccess | null
}

/** One line per wrong variable, in the words of the architecture: `settings: <VARIABLE>: <what is wrong>`. */
export class SettingsError extends Error {}

/** Checked and frozen settings. Throws SettingsError. An empty variable counts as one that is not set. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = Settings.safeParse(set)
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => {
      const variable = path.join('.')
      return `settings: ${variable}: ${variable in set ? message : 'is missing'}`
    })
    throw new SettingsError(lines.join('\n'))
  }
  const bound = parsed.data.CONTROL_PLANE_ADDRESS
  const advertised = parsed.data.CONTROL_PLANE_ADVERTISE_ADDRESS ?? (isAny(bound) ? firstAddress() : bound)
  const kubernetes =
    parsed.data.CONTROL_PLANE_CONFIG_SOURCE === 'kubernetes' ? accessBy(parsed.data.KUBECONFIG, environment) : null
  return Object.freeze({ ...parsed.data, CONTROL_PLANE_ADVERTISE_ADDRESS: advertised, kubernetes })
}

function accessBy(file: string | undefined, environment: NodeJS.ProcessEnv): KubernetesAccess {
  try {
    const access = file === undefined ? podAccess(environment) : kubeconfigAccess(file)
    if (access !== null) return access
  } catch (error) {
    throw new SettingsError(`settings: KUBECONFIG: ${(error as Error).message}`, { cause: error })
  }
  throw new SettingsError('settings: KUBECONFIG: is missing, and this is no pod with a service account')
}

const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::'

function firstAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const found = addresses.find((each) => each.family === 'IPv4' && !each.internal)
  if (found === undefined) {
    throw new SettingsError(
      'settings: CONTROL_PLANE_ADVERTISE_ADDRESS: must be set, this machine has no outside IPv4 address',
    )
  }
  return found.address
}
