/**
 * Where the Kubernetes API is and how this process shows who it is: the service account of its pod, or the current context of a kubeconfig. What
 * rotates (the token of a service account) is read again for each request; the rest is read once, at start.
 */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

export interface KubernetesAccess {
  readonly server: URL
  /** PEM; null for the authorities that Node knows. */
  readonly ca: string | null
  /** PEM, where a client certificate says who this is. */
  readonly clientCertificate: { readonly cert: string; readonly key: string } | null
  /** Name in the server's certificate where it is not the host of `server`. */
  readonly serverName: string | null
  /** Bearer token for the next request; null where there is none. */
  token(): Promise<string | null>
}

/** Where Kubernetes puts the credentials of a pod's service account. */
export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Null outside a pod. @param environment with `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`, as the kubelet sets them */
export function podAccess(
  environment: NodeJS.ProcessEnv,
  directory = SERVICE_ACCOUNT_DIRECTORY,
): KubernetesAccess | null {
  const host = environment['KUBERNETES_SERVICE_HOST']
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443'
  if (host === undefined || host === '') return null
  const tokenFile = join(directory, 'token')
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    ca: readFileSync(join(directory, 'ca.crt'), 'utf8'),
    clientCertificate: null,
    serverName: null,
    token: () => readToken(tokenFile),
  }
}

const named = <T extends z.ZodRawShape>(field: string, shape: T) =>
  z.array(z.looseObject({ name: z.string(), [field]: z.looseObject(shape) }))
const text = z.string().min(1).optional()

const Kubeconfig = z.looseObject({
  'current-context': z.string().min(1, 'must name the context to use'),
  contexts: named('context', { cluster: z.string(), user: z.string() }),
  clusters: named('cluster', {
    server: z.url({ protocol: /^https$/, error: 'must be an https URL' }),
    'certificate-authority': text,
    'certificate-authority-data': text,
    'tls-server-name': text,
  }),
  users: named('user', {
    token: text,
    tokenFile: text,
    'client-certificate': text,
    'client-certificate-data': text,
    'client-key': text,
    'client-key-data': text,
  }),
})

/** What an interactive command line needs and a server does not; left out silently it would be another identity, or another server. */
const REFUSED_OF_USER = ['exec', 'auth-provider', 'username', 'password', 'as']
const REFUSED_OF_CLUSTER = ['insecure-skip-tls-verify', 'proxy-url']

/** @throws Error that names the field of the file which is wrong */
export function kubeconfigAccess(file: string): KubernetesAccess {
  const parsed = Kubeconfig.safeParse(parse(readFileSync(file, 'utf8')))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`${file}: ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const config = parsed.data
  const context = find(config.contexts, 'context', config['current-context'], file)
  const cluster = find(config.clusters, 'cluster', String(context['cluster']), file)
  const user = find(config.users, 'user', String(context['user']), file)
  refuse(cluster, REFUSED_OF_CLUSTER, `${file}: cluster ${String(context['cluster'])}`)
  refuse(user, REFUSED_OF_USER, `${file}: user ${String(context['user'])}`)
  const read = (from: Entry, field: string): string | null => {
    const data = from[`${field}-data`]
    if (typeof data === 'string') return Buffer.from(data, 'base64').toString()
    const path = from[field]
    return typeof path === 'string' ? readFileSync(resolve(dirname(file), path), 'utf8') : null
  }
  const [cert, key] = [read(user, 'client-certificate'), read(user, 'client-key')]
  if ((cert === null) !== (key === null))
    throw new Error(`${file}: a client certificate needs its key, and a key its certificate`)
  const { token, tokenFile } = user
  const path = typeof tokenFile === 'string' ? resolve(dirname(file), tokenFile) : null
  return {
    server: new URL(String(cluster['server'])),
    ca: read(cluster, 'certificate-authority'),
    clientCertificate: cert !== null && key !== null ? { cert, key } : null,
    serverName: typeof cluster['tls-server-name'] === 'string' ? cluster['tls-server-name'] : null,
    token: () => (path === null ? Promise.resolve(typeof token === 'string' ? token : null) : readToken(path)),
  }
}

type Entry = Readonly<Record<string, unknown>>

function find(entries: readonly Entry[], field: string, name: string, file: string): Entry {
  const found = entries.find((entry) => entry['name'] === name)?.[field]
  if (found === undefined) throw new Error(`${file}: there is no ${field} ${JSON.stringify(name)}`)
  // The schema has said that it is an object.
  return found as Entry
}

function refuse(entry: Entry, fields: readonly string[], where: string): void {
  const found = fields.find((field) => entry[field] !== undefined && entry[field] !== false)
  if (found === undefined) return
  throw new Error(
    `${where}: ${found} is not supported: use a client certificate, token or tokenFile, and a certificate authority`,
  )
}

const readToken = async (file: string): Promise<string> => (await readFile(file, 'utf8')).trim()
