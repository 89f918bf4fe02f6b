/** A request as the sidecar of the workload that is called treats it: is the connection let in, who asks, and may it. */
import { normalisePath, type InboundSnapshot } from '@meshmart/mesh-policy'
import { compileInbound } from '../compile/inbound.ts'
import { NOTHING, type Explanation, type ExplainError } from './explanation.ts'
import { guardConnection, guardRequest, type Clock } from './guards.ts'
import { answer } from './http-actions.ts'
import { inboundListener, modeAt, PASSTHROUGH } from './inbound-listener.ts'
import { inboundPorts, type CalledWorkload, type InboundPort } from './inbound-ports.ts'
import { meet } from './listener.ts'
import type { ExplainedMesh } from './mesh.ts'
import type { Question } from './question.ts'

export async function explainInbound(mesh: ExplainedMesh, asked: Question, clock: Clock): Promise<Explanation> {
  const workload = workloadOf(mesh, asked)
  const ports = inboundPorts(mesh, workload)
  const question = atWorkload(mesh, asked, ports)
  const { connection, request } = question
  const inbound = compileInbound(mesh.model, workload.namespace, '', workload.labels, [])
  const listener = inboundListener(ports, inbound.peerAuthentication)
  const named = ports.find(({ target }) => target === connection.port)
  const application = request === null ? 'tcp' : request.http2 ? 'h2c' : 'http/1.1'
  const met = meet(listener, connection, connection.host, application)
  const denied = deniedIdentity(mesh, question)
  const chain = denied === null ? met : 'TlsError'
  const mtls = mtlsWords(inbound, connection.port, question, typeof chain === 'string' ? chain : null)
  const shown: Explanation = {
    ...NOTHING,
    listener: { name: listener.name, port: connection.port, protocol: named?.protocol ?? listener.protocol },
    mtls: denied === null ? mtls : { ...mtls, reason: `${mtls.reason}, and ${denied} is denied` },
  }
  if (typeof chain === 'string') return { ...shown, error: chain }
  const isLoop = chain.end.kind === 'tcp' && chain.end.route.destinations.length > 0
  const destinations = [destination(named, question, isLoop)]
  if (chain.end.kind === 'tcp') {
    const guarded = guardConnection(inbound, question)
    const allowed = guarded.authorization?.decision === 'ALLOW'
    const upstream = { method: null, path: null, authority: null, headers: {}, protocol: 'TCP' }
    return { ...shown, ...guarded, destinations, upstream: allowed ? upstream : null }
  }
  if (request === null) return { ...shown, error: 'ProtocolError' }
  const virtualHost = `inbound|http|${named?.port ?? PASSTHROUGH}`
  const cut = request.target.indexOf('?')
  const path = normalisePath(cut === -1 ? request.target : request.target.slice(0, cut), inbound.pathNormalization)
  if (path === null)
    return { ...shown, virtualHost, response: answer(400, 'the path of the request is not well formed') }
  const { authentication, authorization, response, fields, query } = await guardRequest(
    inbound,
    question,
    request,
    path,
    clock,
  )
  const upstream = {
    method: request.method,
    path: query === '' ? path : `${path}?${query}`,
    authority: request.authority,
    headers: fields.toRecord(),
    protocol: request.http2 ? 'HTTP/2' : 'HTTP/1.1',
  }
  return {
    ...shown,
    virtualHost,
    route: 'default',
    authentication,
    authorization,
    response,
    destinations,
    upstream: response === null ? upstream : null,
  }
}

/** The identity that every sidecar refuses, where the caller shows that one. */
function deniedIdentity({ running }: ExplainedMesh, { connection }: Question): string | null {
  const id = `spiffe://${connection.principal ?? ''}`
  return connection.security === 'mtls' && running?.denied.has(id) === true ? id : null
}

/** Labels of the pod or WorkloadEntry at that address, where the question names none. */
function workloadOf(mesh: ExplainedMesh, question: Question): CalledWorkload {
  const { namespace, labels, address, connection } = question
  if (Object.keys(labels).length > 0) return { namespace, labels, address }
  if (mesh.running !== null) return replicaAt(mesh, question)
  const pod = mesh.pods.find((each) => each.address === (address ?? connection.host))
  if (pod !== undefined) return { namespace: pod.namespace, labels: pod.labels, address: pod.address }
  const endpoint = mesh.services
    .flatMap(({ endpoints }) => endpoints)
    .find((each) => each.address === (address ?? connection.host))
  return {
    namespace,
    labels: endpoint?.labels ?? {},
    address: address ?? (endpoint === undefined ? null : connection.host),
  }
}

/** On one machine replicas differ by their port alone. */
function replicaAt({ services }: ExplainedMesh, { namespace, address, connection }: Question): CalledWorkload {
  for (const { service, endpoints } of services) {
    const found = endpoints.find((each) => {
      return (
        each.address === (address ?? connection.host) &&
        Object.values({ ...each.ports, ...each.workloadPorts }).some((port) => port === connection.port)
      )
    })
    if (found !== undefined) return { namespace: service.namespace, labels: found.labels, address: null }
  }
  return { namespace, labels: {}, address: null }
}

/** A name or an address of a service stands for the workload's port behind it. */
function atWorkload({ model }: ExplainedMesh, question: Question, ports: readonly InboundPort[]): Question {
  const { connection, namespace } = question
  const called = model.services.resolve(namespace, connection.host)?.service ?? null
  const behind =
    called === null
      ? undefined
      : ports.find(({ service, port }) => service?.service === called && port === connection.port)
  const host = question.address ?? connection.host
  return { ...question, connection: { ...connection, host, port: behind?.target ?? connection.port } }
}

function destination(
  named: InboundPort | undefined,
  { connection }: Question,
  isLoop: boolean,
): Explanation['destinations'][number] {
  const known = named === undefined ? 'InboundPassthroughCluster' : `inbound|${named.target}||`
  const cluster = isLoop ? 'BlackHoleCluster' : known
  return {
    host: null,
    subset: null,
    port: connection.port,
    cluster,
    weight: 100,
    endpoints: [],
    headers: null,
    tls: 'DISABLE',
  }
}

function mtlsWords(
  { peerAuthentication }: InboundSnapshot,
  port: number,
  { connection }: Question,
  error: ExplainError | null,
): NonNullable<Explanation['mtls']> {
  const mode = modeAt(peerAuthentication, port)
  const { source } = peerAuthentication
  const how = { plaintext: 'plain text', tls: 'TLS without a client certificate', mtls: 'mutual TLS' }[
    connection.security
  ]
  const passes = error === null && !(mode === 'STRICT' && connection.security !== 'mtls')
  const whence = source === 'default' ? 'no PeerAuthentication speaks' : source
  return { mode, source, passes, reason: `${mode} at port ${port} (${whence}); the connection is ${how}` }
}
