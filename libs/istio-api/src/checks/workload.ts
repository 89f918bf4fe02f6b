/** A workload that is no pod: endpoint of a ServiceEntry, WorkloadEntry, template of a WorkloadGroup. */
import { isAddress } from '../address.ts'
import { hostProblem, isDnsLabel } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath, WorkloadEntrySpec } from '../resource.ts'
import { checkLabels } from './selectors.ts'
import { checkAtLeast, checkPort, UNIX, unixPathProblem } from './values.ts'

export const TLS_MODE_LABEL = 'security.istio.io/tlsMode'
/** Kubernetes' rule for them is a character stricter than Istio's. */
const MAX_PORT_NAME = 62

export function checkWorkloadEntry(spec: WorkloadEntrySpec, findings: Findings): void {
  checkWorkload(spec, { ports: null, hostsAllowed: true }, ['spec'], findings)
}

export interface WorkloadRules {
  /** Names of the service's ports; null where the service is not known yet. */
  readonly ports: ReadonlySet<string> | null
  readonly hostsAllowed: boolean
}

export function checkWorkload(
  workload: WorkloadEntrySpec,
  rules: WorkloadRules,
  path: FieldPath,
  findings: Findings,
): void {
  const { address = '', network = '' } = workload
  if (address === '') checkReachable(network, path, findings)
  else checkAddressOf(workload, rules, path, findings)
  checkPorts(workload.ports ?? {}, rules.ports, [...path, 'ports'], findings)
  checkLabels(workload.labels, [...path, 'labels'], findings)
  checkAtLeast(workload.weight, 0, [...path, 'weight'], findings)
  if (workload.labels?.[TLS_MODE_LABEL] === 'istio' && (workload.serviceAccount ?? '') === '') {
    const place = [...path, 'labels', TLS_MODE_LABEL]
    findings.refuse(place, 'needs serviceAccount: whom should the endpoint prove to be?')
  }
}

function checkReachable(network: string, path: FieldPath, findings: Findings): void {
  const message = 'must be an IP address or a host, is missing'
  if (network === '') findings.error([...path, 'address'], message)
  else findings.advise(path, "has no address: only the network's gateway could reach it")
}

function checkAddressOf(
  { address = '', ports }: WorkloadEntrySpec,
  { ports: known, hostsAllowed }: WorkloadRules,
  path: FieldPath,
  findings: Findings,
): void {
  const place = [...path, 'address']
  if (address.startsWith(UNIX)) {
    const problem = unixPathProblem(address.slice(UNIX.length))
    if (problem !== null) findings.error(place, problem)
    if (ports !== undefined) findings.error([...path, 'ports'], 'must not stand beside a socket')
    if (known !== null && known.size !== 1) findings.error(place, 'needs a service with a single port: it is a socket')
    else findings.refuse(place, 'is not supported: sockets of other machines cannot be reached')
  } else if (!isAddress(address) && (!hostsAllowed || hostProblem(address) !== null)) {
    const wanted = hostsAllowed ? 'an IP address or a host' : 'an IP address'
    findings.error(place, `must be ${wanted}, is ${JSON.stringify(address)}`)
  }
}

export function checkPorts(
  ports: Readonly<Record<string, number>>,
  known: ReadonlySet<string> | null,
  path: FieldPath,
  findings: Findings,
): void {
  for (const [name, port] of Object.entries(ports)) {
    const place = [...path, name]
    if (!isDnsLabel(name) || name.length > MAX_PORT_NAME) {
      findings.error(place, `must be a name of at most ${MAX_PORT_NAME} characters, such as tcp-db`)
    } else if (known !== null && !known.has(name)) {
      findings.error(place, `is no port of this service; it has ${[...known].join(', ')}`)
    }
    checkPort(port, place, findings)
  }
}
