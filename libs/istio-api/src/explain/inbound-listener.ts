/**
 * The listener of the workload that is called: chains for each port that a Service or its Sidecar names, and others for every other port. What each takes
 * depends on the mode of PeerAuthentication at that port and on the port's protocol.
 * Source: pilot/pkg/networking/core/listener_inbound.go and filterchain_options.go.
 */
import type { InboundSnapshot, MtlsMode } from '@meshmart/mesh-policy'
import { MTLS_HTTP, MTLS_TCP, PLAINTEXT_HTTP, type ChainMatch } from './filter-chain.ts'
import { inspectorsFor, type Chain, type ChainEnd, type Listener } from './listener.ts'
import type { InboundPort } from './inbound-ports.ts'
import { listenerProtocolOf, type Protocol } from './port-protocol.ts'

export function inboundListener(ports: readonly InboundPort[], peer: InboundSnapshot['peerAuthentication']): Listener {
  const named = ports.flatMap(({ target, port, protocol }) =>
    chainsOf(protocol, modeAt(peer, target), target, String(port)),
  )
  const known = new Set(ports.map(({ target }) => target))
  // A port of the policy that no Service has keeps its own mode.
  const others = Object.keys(peer.ports ?? {})
    .map(Number)
    .filter((port) => !known.has(port))
  const passing = [null, ...others].flatMap((port) => {
    return chainsOf('AUTO', port === null ? peer.mode : modeAt(peer, port), port, PASSTHROUGH)
  })
  const chains = [LOOP, ...named, ...passing]
  return {
    name: 'virtualInbound',
    protocol: 'AUTO',
    chains,
    otherwise: null,
    inspects(port) {
      const own = chains.filter(({ match }) => match.port === port)
      return inspectorsFor(own.length > 0 ? own : passing.filter(({ match }) => match.port === undefined))
    },
  }
}

/** Istio's own port: what comes there would come again and again. */
const LOOP: Chain = {
  match: { port: 15_006 },
  terminates: 'nothing',
  end: {
    kind: 'tcp',
    route: {
      name: 'default',
      source: 'default',
      match: [],
      destinations: [{ cluster: 'BlackHoleCluster', weight: 100 }],
    },
  },
}

/** Name of the routes of ports that nobody names. */
export const PASSTHROUGH = '0'

/** @param port of the workload */
export function modeAt({ mode, ports }: InboundSnapshot['peerAuthentication'], port: number): MtlsMode {
  return ports?.[String(port)] ?? mode
}

const ANY_MTLS = [...MTLS_HTTP, ...MTLS_TCP]

function chainsOf(protocol: Protocol, mode: MtlsMode, port: number | null, routes: string): Chain[] {
  const kind = listenerProtocolOf(protocol)
  if (kind === null) return []
  const http: ChainEnd = { kind: 'http', routes }
  const tcp: ChainEnd = { kind: 'tcp', route: { name: 'default', source: 'default', match: [], destinations: [] } }
  const chain = (match: ChainMatch, end: ChainEnd, terminates: Chain['terminates'] = 'nothing'): Chain => {
    return { match: { ...match, ...(port !== null && { port }) }, terminates, end }
  }
  const mtls = (end: ChainEnd, applicationProtocols?: readonly string[]): Chain =>
    chain({ transport: 'tls', ...(applicationProtocols && { applicationProtocols }) }, end, 'mtls')
  const plain = (end: ChainEnd, applicationProtocols?: readonly string[]): Chain =>
    chain({ transport: 'raw_buffer', ...(applicationProtocols && { applicationProtocols }) }, end)
  const otherTls = chain({ transport: 'tls' }, tcp)
  if (kind === 'HTTP') {
    return { STRICT: [mtls(http)], PERMISSIVE: [mtls(http, ANY_MTLS), plain(http)], DISABLE: [plain(http)] }[mode]
  }
  if (kind === 'TCP') {
    return { STRICT: [mtls(tcp)], PERMISSIVE: [mtls(tcp, ANY_MTLS), otherTls, plain(tcp)], DISABLE: [plain(tcp)] }[mode]
  }
  return {
    STRICT: [mtls(http, MTLS_HTTP), mtls(tcp)],
    PERMISSIVE: [mtls(http, MTLS_HTTP), plain(http, PLAINTEXT_HTTP), mtls(tcp, MTLS_TCP), plain(tcp), otherTls],
    DISABLE: [plain(http, PLAINTEXT_HTTP), plain(tcp)],
  }[mode]
}
