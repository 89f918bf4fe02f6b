/** Joins the mesh as a workload does: a key of its own, a CSR, a join token, a certificate; then speaks mTLS with it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listeningPorts, pidsOf } from './processes.ts'

export interface Identity {
  readonly key: string
  readonly chain: string
  readonly trustBundle: string
}
export interface MeshAnswer {
  readonly status: number
  readonly body: string
  readonly protocol: string | null
}

const spiffeId = (namespace: string, account: string): string => `spiffe://cluster.local/ns/${namespace}/sa/${account}`
const trustBundleOf = (home: string): string => readFileSync(join(home, 'secrets/mesh/public/root.pem'), 'utf8')

/** A certificate of the shop's own authority, for a workload whose join token lies in the shop's home. */
export async function joinAs(home: string, namespace: string, account: string): Promise<Identity> {
  const { key, file: csr } = openssl(spiffeId(namespace, account), ['-new'])
  const token = readFileSync(join(home, `secrets/mesh/tokens/${namespace}.${account}`), 'utf8').trim()
  const trustBundle = trustBundleOf(home)
  const [port = 0] = listeningPorts(pidsOf(home)['control-plane-1']!)
  const answer = await send(
    port,
    'POST',
    '/v1/certificates',
    { key: undefined, chain: undefined, trustBundle },
    JSON.stringify({ csr, token }),
  )
  const { certificateChain } = JSON.parse(answer.body) as { certificateChain?: string }
  if (certificateChain === undefined) throw new Error(`no certificate for ${account}: ${answer.status} ${answer.body}`)
  return { key, chain: certificateChain, trustBundle }
}

/** A certificate with the right name, from an authority that nobody here knows. */
export function forge(home: string, namespace: string, account: string): Identity {
  const { key, file } = openssl(spiffeId(namespace, account), ['-x509', '-days', '1'])
  return { key, chain: file, trustBundle: trustBundleOf(home) }
}

/** One request over mTLS, without a sidecar; rejects where the peer refuses the connection. */
export function call(
  port: number,
  method: string,
  path: string,
  identity: Identity,
  body?: string,
): Promise<MeshAnswer> {
  return send(port, method, path, identity, body)
}

function send(
  port: number,
  method: string,
  path: string,
  { key, chain, trustBundle }: { key: string | undefined; chain: string | undefined; trustBundle: string },
  body?: string,
): Promise<MeshAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      ca: trustBundle,
      key,
      cert: chain,
      // Workloads have SPIFFE ids and no host names.
      checkServerIdentity: () => undefined,
      headers: { host: 'shop', 'content-type': 'application/json' },
    })
    outgoing.once('error', reject)
    outgoing.once('response', (response) => {
      const { socket } = response as unknown as { socket: { getProtocol(): string | null } }
      const protocol = socket.getProtocol()
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response
        .once('error', reject)
        .once('end', () => resolve({ status: response.statusCode ?? 0, body: text, protocol }))
    })
    outgoing.end(body)
  })
}

function openssl(id: string, kind: string[]): { key: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'meshmart-identity-'))
  try {
    writeFileSync(join(folder, 'cnf'), '[req]\ndistinguished_name=dn\n[dn]\n')
    const options = [
      'req',
      ...kind,
      '-config',
      'cnf',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/O=meshmart',
    ]
    execFileSync('openssl', [...options, '-addext', `subjectAltName=URI:${id}`, '-keyout', 'key', '-out', 'out'], {
      cwd: folder,
      stdio: 'pipe',
    })
    return { key: readFileSync(join(folder, 'key'), 'utf8'), file: readFileSync(join(folder, 'out'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
