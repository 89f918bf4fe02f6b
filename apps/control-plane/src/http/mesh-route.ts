/**
 * The mesh as it runs at this moment, in one answer: what is in force, who answers, who is denied. `meshctl explain` works out from it what would happen to a
 * request, so that configuration and endpoints must be of one moment.
 */
import type { RunningMesh, RunningService } from '@meshmart/contracts'
import type { Compiler, MeshService } from '@meshmart/istio-api'
import type { Configuration } from '../config/configuration.ts'
import type { Denials } from '../identity/denials.ts'
import type { Registry } from '../registry/registry.ts'
import { onlyReaders } from './caller.ts'
import { HttpProblem } from './problem.ts'
import type { Route } from './route.ts'

export interface MeshRouteParts {
  readonly configuration: Configuration
  readonly registry: Registry
  readonly denials: Denials
  /** Name of this replica. */
  readonly replica: string
}

export const meshRoute = ({ configuration, registry, denials, replica }: MeshRouteParts): Route => ({
  method: 'GET',
  path: /^\/v1\/mesh$/,
  handle: ({ peer }) => {
    onlyReaders(peer)
    const compiler = configuration.compiledFor(registry.services)
    if (compiler === null) throw new HttpProblem('not-ready', { detail: 'No valid configuration is in force yet.' })
    const { revision, folder } = configuration.version
    const now = Date.now()
    const body: RunningMesh = {
      revision,
      folder,
      replica,
      trustDomain: compiler.model.trustDomain,
      resources: [...configuration.documents().values()],
      services: registry.hosts.flatMap((host) => {
        const service = registered(compiler, host)
        return service === undefined ? [] : [described(service, registry, now)]
      }),
      denied: denials.all.map(({ identity }) => identity),
    }
    return { status: 200, body }
  },
})

/** As it is compiled from; what a ServiceEntry says comes with the resources. */
const registered = ({ model }: Compiler, host: string): MeshService | undefined =>
  model.services.at(host).find(({ entry }) => entry === undefined)

function described(service: MeshService, registry: Registry, now: number): RunningService {
  const { host, namespace, name, ports, portNames = {}, selector = {}, accounts } = service
  const endpoints = registry.endpointsOf(host, now).map(({ endpoint, ready }) => {
    const { instance, address, labels, locality, identity, workloadPorts } = endpoint
    const about = { instance, address, labels, locality, identity, ready, ...(workloadPorts && { workloadPorts }) }
    return { ...about, ports: endpoint.ports }
  })
  return { host, namespace, name, ports: [...ports], portNames, selector, accounts: [...accounts], endpoints }
}
