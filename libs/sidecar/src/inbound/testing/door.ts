/** The whole inbound side of one service port as the embedded placement has it, without the rest of a sidecar: real TLS, node's HTTP, every layer. */
import https from 'node:https'
import http, { type IncomingMessage, type RequestListener } from 'node:http'
import type { InboundSnapshot } from '@meshmart/mesh-policy'
import { validityOf, WorkloadIdentity } from '../../identity/workload-identity.ts'
import { Tracer } from '../../telemetry/tracer.ts'
import type { IssuedCertificate, TestAuthority } from '../../testing/certificates.ts'
import { eventually } from '../../testing/eventually.ts'
import { RecordedLog } from '../../testing/recorded-log.ts'
import type { EmbeddedInboundExchange } from '../embedded-inbound-exchange.ts'
import type { CheckAccess } from '../external-authorization.ts'
import { InboundPolicies } from '../inbound-policy.ts'
import { KEY_PACE, type FetchKeys, type KeyPace } from '../jwt/key-source.ts'
import { KeySources } from '../jwt/key-sources.ts'
import { ListenerDelivery } from '../listener-delivery.ts'
import { InboundServer } from '../server.ts'
import { inboundStack } from '../stack.ts'
import { AccessLog } from '../../telemetry/access-log.ts'
import { TlsListener, type TlsListenerParts } from '../tls-listener.ts'

export const OWN_ID = 'spiffe://cluster.local/ns/meshmart/sa/orders'
export const PEER_ID = 'spiffe://cluster.local/ns/meshmart/sa/gateway'

export interface Heard {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}
export interface Asking extends https.RequestOptions {
  /** Shown to the door; null is plain HTTP. The gateway's where it is not given. */
  readonly as?: IssuedCertificate | null
  readonly body?: string
}
export interface DoorOptions extends Partial<Pick<TlsListenerParts, 'handshakeTimeoutMs' | 'maxConnections'>> {
  readonly servicePort?: number
  readonly listener?: RequestListener
  readonly fetchKeys?: FetchKeys
  readonly pace?: KeyPace
  readonly checkAccess?: CheckAccess
}

export class Door {
  readonly log = new RecordedLog()
  /** Every exchange that is over. */
  readonly ended: EmbeddedInboundExchange[] = []
  readonly identity: WorkloadIdentity
  readonly listener: TlsListener
  readonly policies: InboundPolicies
  readonly #server: InboundServer
  readonly #authority: TestAuthority
  readonly #peer: IssuedCertificate
  port = 0
  #answered = 0

  private constructor(authority: TestAuthority, own: IssuedCertificate, peer: IssuedCertificate, options: DoorOptions) {
    this.#authority = authority
    this.#peer = peer
    this.identity = new WorkloadIdentity(OWN_ID, 'cluster.local', {
      privateKey: own.key,
      certificateChain: own.chain,
      trustBundle: authority.root,
      ...validityOf(own.chain),
    })
    const fetchKeys = options.fetchKeys ?? (() => Promise.reject(new Error('nobody gives keys here')))
    this.policies = new InboundPolicies(new KeySources(fetchKeys, this.log, options.pace ?? KEY_PACE))
    const servicePort = options.servicePort ?? 80
    const stack = inboundStack<EmbeddedInboundExchange>({
      policies: this.policies,
      draining: () => false,
      checkAccess: options.checkAccess ?? (() => Promise.reject(new Error('nobody authorises here'))),
      deliver: new ListenerDelivery(options.listener ?? echo),
      recorder: { ended: (exchange) => void this.ended.push(exchange) },
      log: this.log,
    })
    this.#server = new InboundServer(stack, new Tracer(0), 'orders-1', () => undefined)
    this.listener = new TlsListener({
      identity: this.identity,
      servicePort,
      workloadPort: servicePort,
      mode: (port) => this.policies.mtlsMode(port),
      trustDomainAliases: () => this.policies.trustDomainAliases,
      accept: (socket) => this.#server.accept(socket),
      log: this.log,
      accessLog: new AccessLog('off'),
      ...(options.handshakeTimeoutMs === undefined ? {} : { handshakeTimeoutMs: options.handshakeTimeoutMs }),
      ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
    })
  }

  static async open(
    authority: TestAuthority,
    snapshot: Partial<InboundSnapshot> = {},
    options: DoorOptions = {},
  ): Promise<Door> {
    const [own, peer] = [await authority.issue(OWN_ID), await authority.issue(PEER_ID)]
    const door = new Door(authority, own, peer, options)
    door.apply(snapshot)
    door.port = await door.listener.listen('127.0.0.1', 0)
    return door
  }

  apply(snapshot: Partial<InboundSnapshot>): void {
    this.policies.apply({
      namespace: 'meshmart',
      workload: 'orders',
      peerAuthentication: { mode: 'STRICT', source: 'PeerAuthentication istio-system/default' },
      authorizationPolicies: [],
      ...snapshot,
    })
  }

  /** Rejects where the connection is refused. */
  ask(path: string, { as = this.#peer, body, ...options }: Asking = {}): Promise<Heard> {
    const common = { host: '127.0.0.1', port: this.port, path, agent: false as const, ...options }
    return new Promise((resolve, reject) => {
      const heard = (response: IncomingMessage): void => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('error', reject)
        response.on('end', () => {
          const said = { status: response.statusCode ?? 0, headers: response.headers, body: text }
          const answered = ++this.#answered
          // The client may have read the end before this side knows that it has written it.
          eventually(() => {
            if (this.ended.length < answered)
              throw new Error(`${answered} were answered, ${this.ended.length} have ended`)
          }).then(() => resolve(said), reject)
        })
      }
      const request =
        as === null
          ? http.request(common, heard)
          : https.request(
              {
                ...common,
                key: as.key,
                cert: as.chain,
                ca: this.#authority.root,
                checkServerIdentity: () => undefined,
              },
              heard,
            )
      request.on('error', reject)
      request.end(body)
    })
  }

  close(): void {
    this.listener.destroy()
    this.#server.close()
    this.policies.close()
  }
}

/** Says what it was asked, as the application sees it. */
const echo: RequestListener = (request, response) => {
  const { method, url, headers, rawHeaders, headersDistinct } = request
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ method, url, headers, rawHeaders, distinct: headersDistinct }))
}
