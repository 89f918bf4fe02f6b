/** What the schema cannot say about a Sidecar: its listeners, which hosts it lets its workloads see, what happens to all others. */
import { carriageOfProtocol } from '@meshmart/mesh-policy'
import type { ConnectionPoolSpec } from '../destination-rule-spec.ts'
import { hostProblem } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath, ResourceOf, SidecarSpec } from '../resource.ts'
import { LOCAL_RATE_LIMIT } from './annotations.ts'
import { checkConnectionPool } from './connection-pool.ts'
import { checkEgressHost } from './hosts.ts'
import { checkDestination } from './http-route.ts'
import { checkWorkloadSelector } from './selectors.ts'
import { checkServerTls } from './server-tls.ts'
import { checkAddress, checkPort, checkPortName, UNIX, unixPathProblem } from './values.ts'

type IngressSpec = NonNullable<SidecarSpec['ingress']>[number]
type EgressSpec = NonNullable<SidecarSpec['egress']>[number]
type PortSpec = NonNullable<EgressSpec['port']>
type TlsSpec = NonNullable<IngressSpec['tls']>

const CONTENT = ['egress', 'ingress', 'outboundTrafficPolicy', 'inboundConnectionPool'] as const
const NOT_AT_SIDECARS = ['subjectAltNames', 'credentialName', 'credentialNames', 'tlsCertificates'] as const
const OWN_HOSTS = ['', '127.0.0.1', '0.0.0.0', '::1', '::']

export function checkSidecar(
  { spec, namespace, annotations }: Pick<ResourceOf<'Sidecar'>, 'spec' | 'namespace' | 'annotations'>,
  findings: Findings,
): void {
  checkWorkloadSelector(spec.workloadSelector, ['spec', 'workloadSelector'], findings)
  const path = ['spec']
  if (CONTENT.every((field) => isEmpty(spec[field]))) {
    const is = `needs one of ${CONTENT.join(', ')}`
    // It may be there for our annotation alone; Istio, which does not know that one, would not take it.
    if (annotations[LOCAL_RATE_LIMIT] === undefined) findings.error(path, is)
    else findings.advise(path, is)
  }
  checkListeners(spec, findings)
  checkConnectionPool(poolOf(spec.inboundConnectionPool), [...path, 'inboundConnectionPool'], findings)
  for (const [index, listener] of (spec.egress ?? []).entries()) {
    const place = [...path, 'egress', index]
    checkEgressPort(listener, place, findings)
    checkEgressHosts(listener.hosts, namespace, [...place, 'hosts'], findings)
    if (listener.port === undefined && index !== (spec.egress ?? []).length - 1) {
      findings.error(place, 'must come last: without a port it takes all that the others leave')
    }
  }
  checkOutbound(spec.outboundTrafficPolicy, [...path, 'outboundTrafficPolicy'], findings)
}

function isEmpty(value: object | undefined): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0)
}

/** The generated type multiplies its choices; what is read of it is the same. */
function poolOf(pool: unknown): ConnectionPoolSpec | undefined {
  return typeof pool === 'object' && pool !== null ? pool : undefined
}

function checkListeners({ ingress = [], egress = [] }: SidecarSpec, findings: Findings): void {
  const inbound = new Set<number>()
  for (const [index, listener] of ingress.entries()) {
    const path = ['spec', 'ingress', index]
    checkIngress(listener, path, findings)
    const port = listener.port.number ?? 0
    if (inbound.has(port)) findings.error([...path, 'port', 'number'], `must be unique, ${port} is there twice`)
    inbound.add(port)
  }
  const outbound = new Set<string | number>()
  for (const [index, { port, bind = '' }] of egress.entries()) {
    if (port === undefined) continue
    const number = port.number ?? 0
    const listensAt = number === 0 ? bind : number
    if (outbound.has(listensAt))
      findings.error(['spec', 'egress', index], `must be unique, ${listensAt} is there twice`)
    outbound.add(listensAt)
  }
}

function checkIngress(listener: IngressSpec, path: FieldPath, findings: Findings): void {
  const { port, bind = '', defaultEndpoint = '', tls } = listener
  checkPortFields(port, [...path, 'port'], findings)
  checkPort(port.number ?? 0, [...path, 'port', 'number'], findings)
  if (bind !== '') checkAddress(bind, [...path, 'bind'], findings)
  if (defaultEndpoint !== '') checkEndpoint(defaultEndpoint, [...path, 'defaultEndpoint'], findings)
  if (tls !== undefined) checkIngressTls(tls, port, [...path, 'tls'], findings)
  const pool = poolOf(listener.connectionPool)
  checkConnectionPool(pool, [...path, 'connectionPool'], findings)
  if (pool?.http !== undefined && carriageOfProtocol(port.protocol ?? '') !== 'HTTP') {
    findings.advise([...path, 'connectionPool', 'http'], 'has no effect: the protocol of the port is not HTTP')
  }
}

function checkPortFields(port: PortSpec, path: FieldPath, findings: Findings): void {
  if ((port.targetPort ?? 0) > 0) findings.error([...path, 'targetPort'], 'has no place in a Sidecar')
  if ((port.name ?? '') !== '') checkPortName(port.name ?? '', [...path, 'name'], findings)
  const protocol = port.protocol ?? ''
  if (protocol !== '' && carriageOfProtocol(protocol) === null) {
    findings.error(
      [...path, 'protocol'],
      `must be a protocol such as HTTP, GRPC or TCP, is ${JSON.stringify(protocol)}`,
    )
  }
}

/** Where the application listens: `127.0.0.1:80`, `:80`, `[::1]:80`, or a socket. */
function checkEndpoint(written: string, path: FieldPath, findings: Findings): void {
  if (written.startsWith(UNIX)) {
    const problem = unixPathProblem(written.slice(UNIX.length))
    if (problem !== null) findings.error(path, problem)
    return
  }
  const [, bracketed, plain, port] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(written) ?? []
  const host = bracketed ?? plain
  if (host !== undefined && OWN_HOSTS.includes(host) && /^\+?\d+$/.test(port ?? '')) {
    checkPort(Number(port), path, findings)
  } else findings.error(path, `must be 127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, :PORT or unix://PATH, is ${written}`)
}

function checkIngressTls(tls: TlsSpec, port: PortSpec, path: FieldPath, findings: Findings): void {
  for (const field of NOT_AT_SIDECARS) {
    if ((tls[field]?.length ?? 0) > 0) findings.error([...path, field], 'has no place in a Sidecar')
  }
  if (tls.httpsRedirect === true) findings.error([...path, 'httpsRedirect'], 'has no place in a Sidecar')
  if (tls.mode === 'ISTIO_MUTUAL' || tls.mode === 'AUTO_PASSTHROUGH') {
    findings.error([...path, 'mode'], `must be SIMPLE, MUTUAL or PASSTHROUGH in a Sidecar, is ${tls.mode}`)
  }
  if (carriageOfProtocol(port.protocol ?? '') !== 'TLS') findings.error(path, 'needs a port with protocol HTTPS or TLS')
  checkServerTls(tls, path, findings)
}

function checkEgressPort({ port, bind = '', captureMode }: EgressSpec, path: FieldPath, findings: Findings): void {
  if (port === undefined) return
  checkPortFields(port, [...path, 'port'], findings)
  if ((port.number ?? 0) !== 0) {
    checkPort(port.number, [...path, 'port', 'number'], findings)
    if (bind !== '') checkAddress(bind, [...path, 'bind'], findings)
    return
  }
  const problem = bind.startsWith(UNIX)
    ? unixPathProblem(bind.slice(UNIX.length))
    : 'must be a socket (unix://…) for port 0'
  if (problem !== null) findings.error([...path, 'bind'], problem)
  if (captureMode === 'IPTABLES') findings.error([...path, 'captureMode'], 'must be DEFAULT or NONE for a socket')
}

function checkEgressHosts(hosts: readonly string[], namespace: string, path: FieldPath, findings: Findings): void {
  if (hosts.length === 0) findings.error(path, 'needs at least one host, */* for all')
  const seen = new Map<string, Set<string>>()
  for (const [index, written] of hosts.entries()) {
    const place = [...path, index]
    checkEgressHost(written, place, findings)
    const slash = written.indexOf('/')
    if (slash === -1 || written.startsWith('~')) continue
    const home = written.slice(0, slash) === '.' ? namespace : written.slice(0, slash)
    const host = written.slice(slash + 1)
    const known = seen.get(home) ?? new Set<string>()
    if (host === '*' ? known.size > 0 : known.has(host) || known.has('*')) {
      findings.advise(place, `is covered by another one: ${JSON.stringify(written)}`)
    }
    seen.set(home, known.add(host))
  }
  if (seen.get('*')?.has('*') === true && seen.size > 1) findings.advise(path, 'needs nothing beside */*')
}

function checkOutbound(policy: SidecarSpec['outboundTrafficPolicy'], path: FieldPath, findings: Findings): void {
  const proxy = policy?.egressProxy
  if (proxy === undefined) return
  const place = [...path, 'egressProxy']
  if (policy?.mode !== 'ALLOW_ANY') {
    findings.error(place, 'belongs to mode ALLOW_ANY')
    return
  }
  const problem = hostProblem(proxy.host)
  if (problem !== null) findings.error([...place, 'host'], `${problem}, is ${JSON.stringify(proxy.host)}`)
  else if (proxy.port === undefined) findings.error([...place, 'port'], 'needs the number of a port')
  else checkDestination(proxy, place, findings)
}
