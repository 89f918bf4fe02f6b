/** Words and series for who called, found by its identity: all connections of one peer share them. */
import type { PeerIdentity } from '../identity/peer-identity.ts'
import { placeWords } from './access-line.ts'
import type { PeerLabels, RequestFamily } from './metrics.ts'
import type { Telemetry } from './telemetry.ts'

export class Peer {
  readonly family: RequestFamily
  readonly #identity: string
  readonly #host: string
  readonly #places = new Map<number, string>()

  /** @param identity SPIFFE id; `-` where there is none @param host of this workload */
  constructor(family: RequestFamily, identity: string, host: string) {
    this.family = family
    this.#identity = identity
    this.#host = host
  }

  /** For the access log: there are as many as this workload has ports. */
  place(servicePort: number): string {
    let place = this.#places.get(servicePort)
    if (place === undefined) {
      place = placeWords(this.#identity, '-', `inbound|${servicePort}||${this.#host}`, 'default')
      this.#places.set(servicePort, place)
    }
    return place
  }
}

/** Identities are given out by the mesh's own authority; still nobody may fill our memory with them. */
const MAX_PEERS = 1000

export class Peers {
  readonly #telemetry: Telemetry
  readonly #known = new Map<string, Peer>()
  readonly #anonymous: Peer

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
    this.#anonymous = this.#make(null)
  }

  /** @param identity null where the connection proved none */
  of(identity: PeerIdentity | null): Peer {
    if (identity === null) return this.#anonymous
    let peer = this.#known.get(identity.spiffeId)
    if (peer === undefined) {
      peer = this.#make(identity)
      if (this.#known.size >= MAX_PEERS) this.#known.clear()
      this.#known.set(identity.spiffeId, peer)
    }
    return peer
  }

  #make(identity: PeerIdentity | null): Peer {
    const { self, metrics } = this.#telemetry
    const family = metrics.family({
      ...calledBy(identity),
      ...destinationSelf(self),
      destinationPrincipal: `spiffe://${self.principal}`,
    })
    return new Peer(family, identity?.spiffeId ?? '-', self.host)
  }
}

type SourceLabels = Pick<
  PeerLabels,
  'reporter' | 'sourceWorkload' | 'sourceNamespace' | 'sourcePrincipal' | 'securityPolicy'
>
type OwnLabels = Pick<
  PeerLabels,
  'destinationWorkload' | 'destinationService' | 'destinationServiceName' | 'destinationNamespace'
>

export function calledBy(peer: PeerIdentity | null): SourceLabels {
  return {
    reporter: 'destination',
    sourceWorkload: peer?.account ?? 'unknown',
    sourceNamespace: peer?.namespace ?? 'unknown',
    sourcePrincipal: peer?.spiffeId ?? 'unknown',
    securityPolicy: peer === null ? 'none' : 'mutual_tls',
  }
}

export function destinationSelf(self: Telemetry['self']): OwnLabels {
  return {
    destinationWorkload: self.workload,
    destinationService: self.host,
    destinationServiceName: self.workload,
    destinationNamespace: self.namespace,
  }
}
