/**
 * The control plane in one place: what it starts, in which order, and how it stops. Identity comes first, because the connection to NATS and
 * the HTTPS door both stand on it; the door opens when snapshots can be published, so that whoever joins can also go on. Several may run: each one issues
 * certificates, answers sidecars and takes changes of the configuration; the one that leads publishes.
 */
import { join } from 'node:path'
import { formatSpiffeId } from '@meshmart/mesh-policy'
import type { Logger } from 'pino'
import { Changes } from './config/changes.ts'
import { Configuration } from './config/configuration.ts'
import { openSource } from './config/open-source.ts'
import { connectToNats } from './distribution/connection.ts'
import { Distribution } from './distribution/distribution.ts'
import { DeadLetters } from './events/dead-letters.ts'
import { EventLog } from './events/event-log.ts'
import { callerBy } from './http/caller.ts'
import { configRoutes } from './http/config-routes.ts'
import { deadLetterRoutes } from './http/dead-letter-routes.ts'
import { eventLogRoutes } from './http/event-log-routes.ts'
import { identityRoutes } from './http/identity-routes.ts'
import { meshRoute } from './http/mesh-route.ts'
import { openHttp } from './http/server.ts'
import { routes } from './http/routes.ts'
import { Audit } from './identity/audit.ts'
import { CertificateAuthority, secretBeside } from './identity/authority.ts'
import { watchAuthority } from './identity/authority-watch.ts'
import { Denials } from './identity/denials.ts'
import { Issuance } from './identity/issuance.ts'
import { JoinTokens, readTokenHashes } from './identity/join-tokens.ts'
import { NatsWarden, WARDEN } from './identity/nats-warden.ts'
import { isOperator } from './identity/operator.ts'
import { OwnIdentity } from './identity/own-identity.ts'
import { Registry } from './registry/registry.ts'
import type { Settings } from './settings.ts'
import { shareTraces } from './telemetry/trace-peers.ts'
import { TraceStore } from './telemetry/trace-store.ts'

const NAMESPACE = 'meshmart-system'
const SERVICE = 'control-plane'
const REQUESTS_GRACE_MS = 500

export interface ControlPlane {
  /** HTTPS port that it listens at. */
  readonly port: number
  /** Whether this replica leads. */
  readonly leads: boolean
  stop(): Promise<void>
}

export async function startControlPlane(settings: Settings, log: Logger): Promise<ControlPlane> {
  const trustDomain = settings.MESH_TRUST_DOMAIN
  const instance = settings.CONTROL_PLANE_INSTANCE
  const identity = { trustDomain, namespace: NAMESPACE, account: SERVICE }
  const stateDirectory = settings.CONTROL_PLANE_STATE_DIR
  const authority = await CertificateAuthority.open(
    stateDirectory,
    settings.MESH_CERTIFICATE_TTL_SECONDS * 1_000,
    settings.CONTROL_PLANE_CA_SECRET_FILE ?? secretBeside(stateDirectory),
  )
  const audit = new Audit(instance, log)
  const tokens = new JoinTokens(readTokenHashes(join(stateDirectory, 'token-hashes.json')))
  const advertised = settings.CONTROL_PLANE_ADVERTISE_ADDRESS
  const ownHosts = [...new Set([`${SERVICE}.${NAMESPACE}`, SERVICE, instance, 'localhost', '127.0.0.1', advertised])]
  const own = await OwnIdentity.start(authority, identity, ownHosts, audit, log)

  const wardensIdentity = await OwnIdentity.start(authority, { ...identity, account: WARDEN }, [], audit, log)
  let warden: NatsWarden | null = null
  const denials = new Denials(log, () => {
    distribution?.changed()
    warden?.look()
  })
  const registry = new Registry(denials)
  const services = tokens.workloads.filter((workload) => !isOperator({ trustDomain, ...workload }))
  for (const { namespace, account } of services) registry.know({ namespace, service: account })
  // Known from the start, like every workload with a token: what nobody knows is taken out of the bucket.
  registry.know({ namespace: NAMESPACE, service: SERVICE })
  const folders = settings.kubernetes === null ? settings.CONTROL_PLANE_CONFIG_DIR : null
  const configuration = new Configuration(folders, trustDomain, log)
  const source = await openSource(settings, { configuration, registry, self: formatSpiffeId(identity), log })

  log.info({ url: settings.MESH_NATS_URL }, 'connecting to NATS')
  const nc = await connectToNats(settings.MESH_NATS_URL, own, formatSpiffeId({ ...identity, account: 'nats' }))
  let distribution: Distribution | undefined = undefined as Distribution | undefined
  distribution = await Distribution.start({
    nc,
    service: SERVICE,
    instance,
    registry,
    configuration,
    trust: () => ({
      trustBundle: authority.trustBundle,
      issuer: authority.issuer,
      denied: denials.all.map((denial) => denial.identity),
    }),
    alsoOpen: async (storage) => {
      const stops = [await denials.open(storage.denied), await audit.open(nc, storage)]
      return () => {
        for (const stop of stops) stop()
      }
    },
    trustDomain,
    leading: () => source.leading(),
    log,
  })
  const running = distribution
  // Nobody waits for it: a NATS that does not know this user yet must not keep the mesh from starting.
  const guarding = NatsWarden.start({ url: settings.MESH_NATS_URL, own: wardensIdentity, trustDomain, denials, log })
  guarding.then(
    (started) => (warden = started),
    (error: unknown) => log.error({ err: error }, 'denied identities are not kept out of NATS'),
  )

  source.follow(running)
  const authorityChanged = async (): Promise<void> => {
    await Promise.all([own.renew(), wardensIdentity.renew()])
    running.changed()
  }
  const stopWatchingAuthority = watchAuthority(stateDirectory, authority, authorityChanged, log)

  const traces = new TraceStore()
  const isControlPlane = ({ service }: { service: string }): boolean => service === SERVICE
  const replicas = (): number => registry.replicas.filter(isControlPlane).length
  const changes = new Changes(
    configuration,
    () => running.revisions,
    () => registry.services,
    source.readOnly,
  )
  const issuance = new Issuance({ authority, tokens, denials, audit, trustDomain })
  const door = await openHttp({
    address: settings.CONTROL_PLANE_ADDRESS,
    port: settings.CONTROL_PLANE_PORT,
    own,
    caller: callerBy(tokens, denials, trustDomain),
    log,
    routes: [
      ...identityRoutes({ issuance, authority, denials, audit, trustDomain }),
      ...configRoutes({ changes, configuration, rollouts: running.rollouts }),
      meshRoute({ configuration, registry, denials, replica: instance }),
      ...deadLetterRoutes(new DeadLetters(nc, log)),
      ...eventLogRoutes(new EventLog(nc)),
      ...routes({
        traces,
        trace: shareTraces({ nc, traces, replicas, log }),
        proxies: () => running.proxies(),
        snapshot: (key) => running.snapshot(key),
        replicas: () => ({ self: instance, leader: running.leader }),
        notReady: () =>
          configuration.inForce ? running.notReady() : (source.notReady() ?? 'no valid configuration yet'),
      }),
    ],
  })
  await running.register(
    { namespace: NAMESPACE, service: SERVICE, instance },
    {
      instance,
      address: advertised,
      ports: { '80': door.port },
      transport: 'mtls',
      labels: { app: SERVICE },
      locality: '',
      weight: 1,
    },
  )

  return {
    port: door.port,
    get leads() {
      return running.leads
    },
    stop: async () => {
      await source.stop()
      await stopWatchingAuthority()
      await running.leave()
      await door.close(REQUESTS_GRACE_MS)
      await running.stop()
      const guarded = guarding.then(
        (started) => started.stop(),
        () => undefined,
      )
      // Where it still tries to connect it stops as soon as it has.
      if (warden !== null) await guarded
      wardensIdentity.stop()
      own.stop()
    },
  }
}
