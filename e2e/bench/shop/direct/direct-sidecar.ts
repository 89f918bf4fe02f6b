/**
 * The sidecar's door (libs/sidecar) with no mesh behind it, for the bench alone: plain HTTP in, plain HTTP out; no mTLS, no routing, no policy, no
 * trace, no access log, no metrics. Identity and NATS stay, because the shop's events need them in either wiring.
 */
import http from 'node:http'
import { connectNats, obtainIdentity } from '@meshmart/sidecar/internal'
import type { IngressOptions, Sidecar, SidecarOptions, SidecarSettings } from '@meshmart/sidecar'
import { install, setGlobalDispatcher } from 'undici'
import { DirectDispatcher, type DirectWiring } from './direct-dispatcher.ts'

/** All that its door has for programs, so that whatever a service asks for is there. */
export {
  currentRequest,
  EXIT_CONFIG,
  JsonLog,
  LeveledLog,
  readSettings,
  sidecarSettingsShape,
  withTrace,
} from '@meshmart/sidecar'

const WAIT_MS = 60_000
/** Above the time for which a pool keeps an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 60_000

type Owned = Pick<Sidecar, 'identity' | 'nats'> & { readonly stopRotation: () => void }

class DirectSidecar implements Sidecar {
  readonly identity: string
  readonly nats: Sidecar['nats']
  readonly dispatcher: DirectDispatcher
  readonly #settings: SidecarSettings
  readonly #stopRotation: () => void
  #server: http.Server | null = null

  constructor(settings: SidecarSettings, { identity, nats, stopRotation }: Owned, dispatcher: DirectDispatcher) {
    this.identity = identity
    this.nats = nats
    this.dispatcher = dispatcher
    this.#settings = settings
    this.#stopRotation = stopRotation
  }

  createInboundServer(listener: http.RequestListener): http.Server {
    this.#server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener)
    return this.#server
  }

  /** The gateway has no such port: nobody in the shop calls it. */
  async open(): Promise<void> {
    const { MESH_APP_PORT: port } = this.#settings
    if (port !== undefined) await this.#listen(port, '127.0.0.1')
  }

  openIngress({ port, address }: IngressOptions): Promise<void> {
    return this.#listen(port, address)
  }

  /** Nobody asks: the bench waits for the port, which opens after everything else. */
  addReadinessCheck(): void {}
  addFigure(): void {}

  async drain(): Promise<void> {
    this.#server?.close()
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections()
    this.#stopRotation()
    await this.dispatcher.destroy()
    await this.nats.close()
  }

  #listen(port: number, address: string): Promise<void> {
    const server = this.#server
    if (server === null) throw new Error('createInboundServer must be called first')
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, address, resolve)
    })
  }
}

/** @throws Error where `DIRECT_WIRING` (JSON: DirectWiring) is missing, or the control plane or NATS does not come within 60 s */
export async function startSidecar(settings: SidecarSettings, { log }: SidecarOptions): Promise<Sidecar> {
  const dispatcher = new DirectDispatcher(JSON.parse(process.env['DIRECT_WIRING'] ?? '') as DirectWiring)
  const { MESH_NATS_URL: url, MESH_WORKLOAD: workload, MESH_INSTANCE: instance } = settings
  const { identity, rotation } = await obtainIdentity(settings, null, log, WAIT_MS)
  const nats = await connectNats({ url, workload, instance, identity }, log)
  install()
  setGlobalDispatcher(dispatcher)
  const owned = { identity: identity.spiffeId, nats, stopRotation: () => rotation.close() }
  return new DirectSidecar(settings, owned, dispatcher)
}
