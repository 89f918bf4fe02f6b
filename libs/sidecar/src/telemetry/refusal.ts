/** What was refused before there was an exchange: the same figures and the same line as of any other request, with what is known of it. */
import type { PeerIdentity } from '../identity/peer-identity.ts'
import type { Answer } from '../stack.ts'
import { placeWords, type AccessLogEntry } from './access-line.ts'
import { withoutCardNumbers } from './card-numbers.ts'
import { blankEntry } from './entry.ts'
import type { PeerLabels } from './metrics.ts'
import { calledBy, destinationSelf } from './peers.ts'
import type { Telemetry } from './telemetry.ts'

export interface Refusal {
  readonly method: string
  readonly path: string
  readonly answer: Answer
  readonly peer: PeerIdentity | null
}

export function recordRefusal(
  { self, metrics, accessLog }: Telemetry,
  direction: AccessLogEntry['direction'],
  { method, path, answer, peer }: Refusal,
): void {
  const flag = answer.flag?.code ?? '-'
  const sent = Number(answer.headers['content-length'] ?? 0)
  const labels = direction === 'outbound' ? fromSelf(self) : toSelf(self, peer, direction)
  metrics.record({ ...labels, responseCode: answer.status, responseFlags: flag }, 0, 0, sent)
  const entry = blankEntry(direction)
  entry.startedAt = Date.now()
  entry.method = method
  entry.path = withoutCardNumbers(path)
  entry.status = answer.status
  entry.flag = flag
  entry.reason = answer.reason
  entry.bytesSent = sent
  entry.milliseconds = 0
  if (peer !== null) entry.place = placeWords(peer.spiffeId, '-', '-', '-')
  accessLog.write(entry)
}

function toSelf(self: Telemetry['self'], peer: PeerIdentity | null, direction: 'inbound' | 'ingress'): PeerLabels {
  return {
    ...calledBy(peer),
    ...destinationSelf(self),
    reporter: direction === 'inbound' ? 'destination' : 'source',
    destinationPrincipal: 'unknown',
  }
}

/** The application's own request, which says nothing that could be believed about where it should have gone. */
function fromSelf(self: Telemetry['self']): PeerLabels {
  return {
    reporter: 'source',
    sourceWorkload: self.workload,
    sourceNamespace: self.namespace,
    sourcePrincipal: 'unknown',
    destinationWorkload: 'unknown',
    destinationService: 'BlackHoleCluster',
    destinationServiceName: 'BlackHoleCluster',
    destinationNamespace: 'unknown',
    destinationPrincipal: 'unknown',
    securityPolicy: 'unknown',
  }
}
