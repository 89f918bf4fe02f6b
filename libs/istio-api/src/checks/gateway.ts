import type { Findings } from '../problem.ts'
import { carriageOfProtocol } from '@meshmart/mesh-policy'
import type { FieldPath, GatewayServerSpec, GatewaySpec } from '../resource.ts'
import { checkHost, checkPort } from './values.ts'

const TLS_MODES = ['PASSTHROUGH', 'SIMPLE', 'MUTUAL']
const TLS_VERSIONS = ['TLS_AUTO', 'TLSV1_2', 'TLSV1_3']

/** What the schema cannot say about a Gateway: ports, protocols, hosts, names that are given twice. */
export function checkGateway(spec: GatewaySpec, findings: Findings): void {
  if (Object.keys(spec.selector ?? {}).length === 0) {
    findings.error(['spec', 'selector'], 'needs the labels of a gateway workload, such as istio: ingressgateway')
  }
  const servers = spec.servers ?? []
  if (servers.length === 0) findings.error(['spec', 'servers'], 'needs at least one server')
  const names = new Set<string>()
  for (const [index, server] of servers.entries()) {
    const path = ['spec', 'servers', index]
    checkPort(server.port.number, [...path, 'port', 'number'], findings)
    checkProtocol(server, path, findings)
    if (server.hosts.length === 0) findings.error([...path, 'hosts'], 'needs at least one host, * for all')
    for (const [place, host] of server.hosts.entries()) checkServerHost(host, [...path, 'hosts', place], findings)
    if (server.name !== undefined && names.has(server.name)) {
      findings.error([...path, 'name'], `must be unique among the servers, ${server.name} is there twice`)
    }
    if (server.name !== undefined) names.add(server.name)
  }
}

/** HTTP in plain text, HTTPS ended here, or TLS passed through by its SNI; the edge carries nothing else. */
function checkProtocol(server: GatewayServerSpec, path: FieldPath, findings: Findings): void {
  const { tls, port } = server
  const carriage = carriageOfProtocol(port.protocol)
  const place = [...path, 'port', 'protocol']
  if (carriage !== 'HTTP' && carriage !== 'TLS') {
    findings.error(place, `must be HTTP, HTTPS or TLS at a gateway of this mesh, is ${port.protocol}`)
    return
  }
  if (carriage === 'HTTP') {
    const more = Object.keys(tls ?? {}).filter((field) => field !== 'httpsRedirect')
    for (const field of more) findings.error([...path, 'tls', field], `needs protocol HTTPS, is ${port.protocol}`)
    return
  }
  if (tls === undefined) findings.error([...path, 'tls'], `is needed for protocol ${port.protocol}`)
  else checkTls(tls, port.protocol, [...path, 'tls'], findings)
}

function checkTls(
  tls: NonNullable<GatewayServerSpec['tls']>,
  protocol: string,
  path: FieldPath,
  findings: Findings,
): void {
  const mode = tls.mode ?? 'PASSTHROUGH'
  if (!TLS_MODES.includes(mode)) findings.error([...path, 'mode'], `must be one of ${TLS_MODES.join(', ')}, is ${mode}`)
  if (tls.httpsRedirect === true) findings.error([...path, 'httpsRedirect'], 'belongs to a server with protocol HTTP')
  const ends = mode !== 'PASSTHROUGH'
  if (ends && protocol.toUpperCase() === 'TLS') {
    findings.error([...path, 'mode'], 'must be PASSTHROUGH for protocol TLS; HTTPS is ended here')
  }
  const name = tls.credentialName ?? ''
  if (ends && !/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name)) {
    findings.error([...path, 'credentialName'], `must name the credential, such as shop-certificate, for mode ${mode}`)
  }
  if (!ends && name !== '') findings.error([...path, 'credentialName'], 'has no place with PASSTHROUGH')
  if (tls.minProtocolVersion !== undefined && !TLS_VERSIONS.includes(tls.minProtocolVersion)) {
    findings.error(
      [...path, 'minProtocolVersion'],
      `must be one of ${TLS_VERSIONS.join(', ')}, is ${tls.minProtocolVersion}`,
    )
  }
}

/** `host`, or `namespace/host` where the namespace may be `*` (any) or `.` (the gateway's own). */
function checkServerHost(written: string, path: (string | number)[], findings: Findings): void {
  const [first, second, ...more] = written.split('/')
  if (first === undefined || more.length > 0) {
    findings.error(path, `must be a host or namespace/host, is ${JSON.stringify(written)}`)
    return
  }
  if (second !== undefined && first !== '*' && first !== '.') checkHost(first, path, findings, false)
  checkHost(second ?? first, path, findings, true)
}
