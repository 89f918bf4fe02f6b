/** A workload as the control plane sees one: keys of its own, a join token, then a certificate for HTTPS and NATS. */
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { generateKeyPair, privateKeyPem, signatureAlgorithm, type KeyPair } from '../identity/keys.ts'
import { x509 } from '../identity/x509.ts'

export interface Credentials {
  readonly key: string
  readonly cert: string
}
export interface Reply {
  readonly status: number
  readonly body: Record<string, unknown>
}

export const idOf = (namespace: string, account: string): string =>
  `spiffe://cluster.local/ns/${namespace}/sa/${account}`

export async function createCsr(keys: KeyPair, uris: readonly string[]): Promise<string> {
  const names = uris.map((value) => ({ type: 'url' as const, value }))
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: signatureAlgorithm,
    extensions: [new x509.SubjectAlternativeNameExtension(names)],
  })
  return csr.toString('pem')
}

/** One HTTPS call to the control plane, over a connection of its own. */
export function call(
  at: { directory: string; port: number },
  method: string,
  path: string,
  options: {
    body?: unknown
    as?: Credentials
    token?: string
    type?: string
    headers?: Record<string, string>
  } = {},
): Promise<Reply> {
  const ca = readFileSync(join(at.directory, 'public/root.pem'))
  const text =
    options.body === undefined
      ? undefined
      : typeof options.body === 'string'
        ? options.body
        : JSON.stringify(options.body)
  return new Promise((resolve, reject) => {
    const headers = {
      ...options.headers,
      ...(text !== undefined && { 'content-type': options.type ?? 'application/json' }),
      ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
    }
    const target = { host: '127.0.0.1', port: at.port, method, path, ca, headers, agent: false as const, ...options.as }
    const outgoing = request(target, (response) => {
      let answer = ''
      response.on('data', (chunk: Buffer) => (answer += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer) as Reply['body'] }))
    })
    outgoing.on('error', reject)
    outgoing.end(text)
  })
}

export const readToken = (directory: string, workload: string): string =>
  readFileSync(join(directory, 'tokens', workload), 'utf8').trim()

/** Joins the mesh as `<namespace>.<account>` with the token that `init` wrote. */
export async function joinMesh(at: { directory: string; port: number }, workload: string): Promise<Credentials> {
  const [namespace = '', account = ''] = workload.split('.')
  const keys = await generateKeyPair()
  const csr = await createCsr(keys, [idOf(namespace, account)])
  const { status, body } = await call(at, 'POST', '/v1/certificates', {
    body: { csr, token: readToken(at.directory, workload) },
  })
  if (status !== 200) throw new Error(`certificate refused: ${JSON.stringify(body)}`)
  return { key: await privateKeyPem(keys.privateKey), cert: String(body['certificateChain']) }
}

export function connectAs(
  url: string,
  directory: string,
  credentials: Credentials,
  account: string,
  timeout?: number,
): Promise<NatsConnection> {
  const ca = readFileSync(join(directory, 'public/root.pem'), 'utf8')
  return connect({
    servers: url,
    inboxPrefix: `_INBOX_${account}`,
    tls: { ...credentials, ca },
    ...(timeout !== undefined && { timeout }),
  })
}
