/** Istio's labels, all of them, so that its dashboards fit. A workload here has the label `app` and no version, and there is one cluster. */

/** Who called whom: stable for as long as a connection to, or from, the same identity is. */
export interface PeerLabels {
  readonly reporter: 'source' | 'destination'
  readonly sourceWorkload: string
  readonly sourceNamespace: string
  readonly sourcePrincipal: string
  readonly destinationWorkload: string
  readonly destinationService: string
  readonly destinationServiceName: string
  readonly destinationNamespace: string
  readonly destinationPrincipal: string
  readonly securityPolicy: 'mutual_tls' | 'none' | 'unknown'
}

export interface RequestLabels extends PeerLabels {
  readonly responseCode: number
  readonly responseFlags: string
}

export interface TcpLabels extends PeerLabels {
  readonly responseFlags: string
}

export function requestLabelText(peer: PeerLabels, code: number, flags: string): string {
  return (
    peerLabelText(peer) +
    `,request_protocol="http",grpc_response_status="",response_code="${code}",response_flags="${escaped(flags)}"` +
    `,connection_security_policy="${peer.securityPolicy}"`
  )
}

export function tcpLabelText(labels: TcpLabels): string {
  return (
    peerLabelText(labels) +
    `,request_protocol="tcp",response_flags="${escaped(labels.responseFlags)}"` +
    `,connection_security_policy="${labels.securityPolicy}"`
  )
}

function peerLabelText(labels: PeerLabels): string {
  const pairs: readonly (readonly [string, string])[] = [
    ['reporter', labels.reporter],
    ['source_workload', labels.sourceWorkload],
    ['source_workload_namespace', labels.sourceNamespace],
    ['source_principal', labels.sourcePrincipal],
    ['source_app', labels.sourceWorkload],
    ['source_version', 'unknown'],
    ['source_cluster', 'unknown'],
    ['source_canonical_service', labels.sourceWorkload],
    ['source_canonical_revision', 'latest'],
    ['destination_workload', labels.destinationWorkload],
    ['destination_workload_namespace', labels.destinationNamespace],
    ['destination_principal', labels.destinationPrincipal],
    ['destination_app', labels.destinationWorkload],
    ['destination_version', 'unknown'],
    ['destination_service', labels.destinationService],
    ['destination_service_name', labels.destinationServiceName],
    ['destination_service_namespace', labels.destinationNamespace],
    ['destination_cluster', 'unknown'],
    ['destination_canonical_service', labels.destinationWorkload],
    ['destination_canonical_revision', 'latest'],
  ]
  return pairs.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')
}

const escaped = (value: string): string =>
  value.replaceAll(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
