/** What a caller in one namespace does with requests for one host: the routes of the VirtualService that speaks for it, else the default. */
import { compareHostSpecificity, hostMatches, type OutboundSnapshot } from '@meshmart/mesh-policy'
import { expandHost } from '../host.ts'
import { ofKind, type ResourceOf } from '../resource.ts'
import { clustersOf, portOf, type MeshModel } from './model.ts'
import { compileRoutes, defaultRoute } from './route.ts'

/** Istio's word for all sidecars, and the default of `gateways`. */
const MESH = 'mesh'

/** @param host fully qualified; @returns null where neither a service nor a VirtualService has it */
export function compileOutbound(model: MeshModel, namespace: string, host: string): OutboundSnapshot | null {
  const virtualService = virtualServiceFor(ofKind(model.resources, 'VirtualService'), host)
  const service = model.services.find((candidate) => candidate.host === host)
  if (virtualService === null && service === undefined) return null
  const compiled =
    virtualService === null
      ? [defaultRoute({ host, port: portOf(model, host), subset: null })]
      : compileRoutes(virtualService, (destination) => portOf(model, destination))
  const routes = compiled.map(({ route }) => route)
  return { host, namespace, routes, clusters: clustersOf(model, compiled, namespace) }
}

/** Sidecars do not merge: of several VirtualServices for a host the most specific one speaks, and of equals the first. */
export function virtualServiceFor(
  virtualServices: readonly ResourceOf<'VirtualService'>[],
  host: string,
): ResourceOf<'VirtualService'> | null {
  const fitting = virtualServices
    .filter((virtualService) => (virtualService.spec.gateways ?? [MESH]).includes(MESH))
    .flatMap((virtualService) =>
      (virtualService.spec.hosts ?? [])
        .map((written) => ({ virtualService, pattern: expandHost(written, virtualService.namespace) }))
        .filter(({ pattern }) => hostMatches(pattern, host)),
    )
  return fitting.toSorted((a, b) => compareHostSpecificity(a.pattern, b.pattern))[0]?.virtualService ?? null
}
