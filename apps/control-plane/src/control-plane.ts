/**
 * The control plane in one place: what it starts, in which order, and how it stops. Identity comes first, because the connection to NATS and
 * the HTTPS door both stand on it; the door opens when snapshots can be published, so that whoever joins can also go on.
 */
import { join } from 'node:path'
import { formatSpiffeId } from '@meshmart/mesh-policy'
import type { Logger } from 'pino'
import { Configuration } from './config/configuration.ts'
import { watchFolder } from './config/folder.ts'
import { Acknowledgements } from './distribution/acknowledgements.ts'
import { connectToNats } from './distribution/connection.ts'
import { Distribution } from './distribution/distribution.ts'
import { Fold } from './distribution/fold.ts'
import { openHttp } from './http/server.ts'
import { routes } from './http/routes.ts'
import { CertificateAuthority } from './identity/authority.ts'
import { Issuance } from './identity/issuance.ts'
import { JoinTokens, readTokenHashes } from './identity/join-tokens.ts'
import { OwnIdentity } from './identity/own-identity.ts'
import { Registry } from './registry/registry.ts'
import type { Settings } from './settings.ts'
import { TraceStore } from './telemetry/trace-store.ts'

const NAMESPACE = 'meshmart-system'
const SERVICE = 'control-plane'
const REQUESTS_GRACE_MS = 500

export interface ControlPlane {
  /** HTTPS port that it listens at. */
  readonly port: number
  stop(): Promise<void>
}

export async function startControlPlane(settings: Settings, log: Logger): Promise<ControlPlane> {
  const trustDomain = settings.MESH_TRUST_DOMAIN
  const identity = { trustDomain, namespace: NAMESPACE, account: SERVICE }
  const authority = await CertificateAuthority.open(
    settings.CONTROL_PLANE_STATE_DIR,
    settings.MESH_CERTIFICATE_TTL_SECONDS * 1_000,
  )
  const tokens = new JoinTokens(readTokenHashes(join(settings.CONTROL_PLANE_STATE_DIR, 'token-hashes.json')))
  const ownHosts = [
    ...new Set([
      `${SERVICE}.${NAMESPACE}`,
      SERVICE,
      'localhost',
      '127.0.0.1',
      settings.CONTROL_PLANE_ADVERTISE_ADDRESS,
    ]),
  ]
  const own = await OwnIdentity.start(authority, identity, ownHosts, log)

  const registry = new Registry()
  for (const { namespace, account } of tokens.workloads) registry.know({ namespace, service: account })
  // Known from the start, like every workload with a token: what nobody knows is taken out of the bucket.
  registry.know({ namespace: NAMESPACE, service: SERVICE })
  const configuration = new Configuration(settings.CONTROL_PLANE_CONFIG_DIR, trustDomain, log)
  await configuration.read()

  log.info({ url: settings.MESH_NATS_URL }, 'connecting to NATS')
  const nc = await connectToNats(settings.MESH_NATS_URL, own, formatSpiffeId({ ...identity, account: 'nats' }))
  const acknowledgements = new Acknowledgements()
  const distribution = await Distribution.start({ nc, registry, configuration, acknowledgements, trustDomain, log })

  const configurationFold = new Fold(async () => {
    if (await configuration.read()) distribution.configurationChanged()
  })
  const stopWatching = watchFolder(settings.CONTROL_PLANE_CONFIG_DIR, () => configurationFold.touch(), log)
  // What changed between the first reading and the watch would otherwise be missed.
  configurationFold.touch()

  const door = await openHttp({
    address: settings.CONTROL_PLANE_ADDRESS,
    port: settings.CONTROL_PLANE_PORT,
    own,
    trustDomain,
    log,
    routes: routes({
      issuance: new Issuance(authority, tokens, trustDomain, log),
      traces: new TraceStore(),
      proxies: () => distribution.proxies(),
      notReady: () => (configuration.inForce ? distribution.notReady() : 'no valid configuration yet'),
    }),
  })
  await distribution.register(
    { namespace: NAMESPACE, service: SERVICE, instance: `${SERVICE}-1` },
    {
      instance: `${SERVICE}-1`,
      address: settings.CONTROL_PLANE_ADVERTISE_ADDRESS,
      ports: { '80': door.port },
      transport: 'mtls',
      labels: { app: SERVICE },
      locality: '',
      weight: 1,
    },
  )

  return {
    port: door.port,
    stop: async () => {
      stopWatching()
      await configurationFold.stop()
      await distribution.leave()
      await door.close(REQUESTS_GRACE_MS)
      await distribution.stop()
      own.stop()
    },
  }
}
