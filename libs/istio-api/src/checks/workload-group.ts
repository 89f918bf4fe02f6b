/** A WorkloadGroup's template and probe. The kind is refused as a whole; what is wrong with it is said all the same. */
import type { Findings } from '../problem.ts'
import type { FieldPath, WorkloadGroupSpec } from '../resource.ts'
import { checkLabels } from './selectors.ts'
import { checkAtLeast, checkPort, UNIX, unixPathProblem } from './values.ts'
import { checkPorts } from './workload.ts'

const METHODS = ['httpGet', 'tcpSocket', 'exec', 'grpc'] as const
const PERIODS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const

export function checkWorkloadGroup(spec: WorkloadGroupSpec, findings: Findings): void {
  checkLabels(spec.metadata?.labels, ['spec', 'metadata', 'labels'], findings)
  const path = ['spec', 'template']
  const { address = '', ports } = spec.template
  if (address.startsWith(UNIX)) {
    const problem = unixPathProblem(address.slice(UNIX.length))
    if (problem !== null) findings.error([...path, 'address'], problem)
    if (ports !== undefined) findings.error([...path, 'ports'], 'must not stand beside a socket')
  }
  checkPorts(ports ?? {}, null, [...path, 'ports'], findings)
  if (spec.probe !== undefined) checkProbe(spec.probe, ['spec', 'probe'], findings)
}

function checkProbe(probe: NonNullable<WorkloadGroupSpec['probe']>, path: FieldPath, findings: Findings): void {
  for (const field of PERIODS) checkAtLeast(probe[field], 0, [...path, field], findings)
  const { httpGet, tcpSocket, exec, grpc } = probe
  if (METHODS.every((method) => probe[method] === undefined)) findings.error(path, `needs one of ${METHODS.join(', ')}`)
  checkPort(httpGet?.port, [...path, 'httpGet', 'port'], findings)
  checkPort(tcpSocket?.port, [...path, 'tcpSocket', 'port'], findings)
  checkPort(grpc?.port, [...path, 'grpc', 'port'], findings)
  const scheme = httpGet?.scheme ?? ''
  if (!['', 'HTTP', 'HTTPS'].includes(scheme)) {
    findings.error([...path, 'httpGet', 'scheme'], `must be HTTP or HTTPS, is ${JSON.stringify(scheme)}`)
  }
  for (const [index, { name = '' }] of (httpGet?.httpHeaders ?? []).entries()) {
    if (/^[-A-Za-z0-9]+$/.test(name)) continue
    findings.error([...path, 'httpGet', 'httpHeaders', index, 'name'], 'must be letters, digits and -')
  }
  if (exec?.command !== undefined && exec.command.length === 0) {
    findings.error([...path, 'exec', 'command'], 'must not be empty')
  }
}
