import type { Findings } from '../problem.ts'
import type { GatewaySpec } from '../resource.ts'
import { checkHost, checkPort } from './values.ts'

const PROTOCOLS = new Set(['HTTP'])

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
    if (!PROTOCOLS.has(server.port.protocol.toUpperCase())) {
      findings.error([...path, 'port', 'protocol'], `must be HTTP in this version, is ${server.port.protocol}`)
    }
    if (server.hosts.length === 0) findings.error([...path, 'hosts'], 'needs at least one host, * for all')
    for (const [place, host] of server.hosts.entries()) checkServerHost(host, [...path, 'hosts', place], findings)
    if (server.name !== undefined && names.has(server.name)) {
      findings.error([...path, 'name'], `must be unique among the servers, ${server.name} is there twice`)
    }
    if (server.name !== undefined) names.add(server.name)
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
