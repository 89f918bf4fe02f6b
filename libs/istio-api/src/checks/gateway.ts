/** What the schema cannot say about a Gateway: ports, protocols, hosts, names that are given twice. */
import { carriageOfProtocol } from '@meshmart/mesh-policy'
import { isDnsLabel } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath, GatewayServerSpec, ResourceOf } from '../resource.ts'
import { checkServerHost } from './hosts.ts'
import { checkServerTls } from './server-tls.ts'
import { checkAddress, checkPort, UNIX, unixPathProblem } from './values.ts'

const CREDENTIAL = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/
const MODES_HERE = ['PASSTHROUGH', 'SIMPLE', 'MUTUAL']

export function checkGateway({ name, spec }: Pick<ResourceOf<'Gateway'>, 'name' | 'spec'>, findings: Findings): void {
  if (!isDnsLabel(name)) findings.error(['metadata', 'name'], `must be a name without dots, is ${JSON.stringify(name)}`)
  if (Object.keys(spec.selector ?? {}).length === 0) {
    findings.refuse(['spec', 'selector'], 'needs the labels of a gateway workload, such as istio: ingressgateway')
  }
  const servers = spec.servers ?? []
  if (servers.length === 0) findings.error(['spec', 'servers'], 'needs at least one server')
  const portNames = new Set<string>()
  const names = new Set<string>()
  for (const [index, server] of servers.entries()) {
    const path = ['spec', 'servers', index]
    checkServer(server, path, findings)
    const portName = server.port.name
    if (portNames.has(portName)) {
      findings.error([...path, 'port', 'name'], `must be unique among the servers, ${portName} is there twice`)
    }
    portNames.add(portName)
    if (server.name !== undefined && names.has(server.name)) {
      findings.refuse([...path, 'name'], `must be unique among the servers, ${server.name} is there twice`)
    }
    if (server.name !== undefined) names.add(server.name)
  }
}

function checkServer(server: GatewayServerSpec, path: FieldPath, findings: Findings): void {
  checkBinding(server, path, findings)
  if (server.hosts.length === 0) findings.error([...path, 'hosts'], 'needs at least one host, * for all')
  for (const [place, host] of server.hosts.entries()) checkServerHost(host, [...path, 'hosts', place], findings)
  if (server.port.name === '') findings.error([...path, 'port', 'name'], 'must not be empty')
  if ((server.port.targetPort ?? 0) > 0) findings.error([...path, 'port', 'targetPort'], 'has no place at a gateway')
  checkServerTls(server.tls, [...path, 'tls'], findings)
  checkProtocol(server, path, findings)
  checkHere(server, path, findings)
}

function checkBinding({ port, bind = '' }: GatewayServerSpec, path: FieldPath, findings: Findings): void {
  if (!bind.startsWith(UNIX)) {
    checkPort(port.number, [...path, 'port', 'number'], findings)
    if (bind !== '') checkAddress(bind, [...path, 'bind'], findings)
    return
  }
  const problem = unixPathProblem(bind.slice(UNIX.length))
  if (problem !== null) findings.error([...path, 'bind'], problem)
  if (port.number !== 0) findings.error([...path, 'port', 'number'], `must be 0 for a socket, is ${port.number}`)
}

/** What goes together, as Istio says. */
function checkProtocol({ tls, port }: GatewayServerSpec, path: FieldPath, findings: Findings): void {
  const carriage = carriageOfProtocol(port.protocol)
  const isPassed = tls !== undefined && ['PASSTHROUGH', 'AUTO_PASSTHROUGH'].includes(tls.mode ?? 'PASSTHROUGH')
  if (carriage === null) {
    const known = 'HTTP, HTTPS, HTTP2, GRPC, GRPC-Web, TLS, TCP, MONGO, MYSQL, REDIS'
    findings.error([...path, 'port', 'protocol'], `must be one of ${known}, is ${JSON.stringify(port.protocol)}`)
  } else if (carriage === 'TLS') {
    if (tls === undefined) findings.error([...path, 'tls'], `is needed for protocol ${port.protocol}`)
  } else if (tls !== undefined && carriage !== 'HTTP') {
    findings.error([...path, 'tls'], `has no place with protocol ${port.protocol}`)
  } else if (tls !== undefined) {
    if (!isPassed) findings.error([...path, 'tls', 'mode'], `needs protocol HTTPS, is ${port.protocol}`)
    for (const field of ['caCertificates', 'privateKey', 'serverCertificate'] as const) {
      if ((tls[field] ?? '') !== '')
        findings.error([...path, 'tls', field], `needs protocol HTTPS, is ${port.protocol}`)
    }
  }
  if (tls?.httpsRedirect === true && carriage !== 'HTTP') {
    findings.advise([...path, 'tls', 'httpsRedirect'], 'belongs to a server with protocol HTTP')
  }
}

/** What this mesh's edge carries: HTTP in plain text, HTTPS ended here, or TLS passed through by its SNI. */
function checkHere({ tls, port }: GatewayServerSpec, path: FieldPath, findings: Findings): void {
  const carriage = carriageOfProtocol(port.protocol)
  if (carriage === 'TCP' || carriage === 'UDP') {
    const place = [...path, 'port', 'protocol']
    findings.refuse(place, `must be HTTP, HTTPS or TLS at a gateway of this mesh, is ${port.protocol}`)
  }
  if (tls === undefined || carriage === null) return
  const place = [...path, 'tls']
  const mode = tls.mode ?? 'PASSTHROUGH'
  if (!MODES_HERE.includes(mode)) {
    findings.refuse([...place, 'mode'], `must be one of ${MODES_HERE.join(', ')} in this mesh, is ${mode}`)
  }
  if (tls.minProtocolVersion === 'TLSV1_0' || tls.minProtocolVersion === 'TLSV1_1') {
    findings.refuse([...place, 'minProtocolVersion'], `must be TLSV1_2 or TLSV1_3, is ${tls.minProtocolVersion}`)
  }
  if (carriage !== 'TLS') return
  const ends = mode !== 'PASSTHROUGH'
  if (ends && port.protocol.toUpperCase() === 'TLS') {
    findings.refuse([...place, 'mode'], 'must be PASSTHROUGH for protocol TLS; HTTPS is ended here')
  }
  if (ends && !CREDENTIAL.test(tls.credentialName ?? '')) {
    findings.refuse(
      [...place, 'credentialName'],
      `must name the credential, such as shop-certificate, for mode ${mode}`,
    )
  }
}
