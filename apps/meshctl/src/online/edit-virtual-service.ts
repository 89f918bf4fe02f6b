/** Small changes of a VirtualService: pure, on the document as it was written; what is not touched stays as it is. */
import type { ResourceDocument } from '@meshmart/contracts'
import { expandHost } from '@meshmart/istio-api'
import { UsageError } from '../command.ts'

interface Destination {
  readonly destination: { readonly host: string; readonly subset?: string; readonly port?: unknown }
  readonly weight?: number
}
interface HttpRoute {
  readonly name?: string
  readonly route?: readonly Destination[]
  readonly fault?: unknown
}
interface VirtualServiceSpec {
  readonly http?: readonly HttpRoute[]
}
export interface Fault {
  readonly delay?: { readonly fixedDelay: string; readonly percentage: { readonly value: number } }
  readonly abort?: { readonly httpStatus: number; readonly percentage: { readonly value: number } }
}

/**
 * A route that sends everything to one host gets a destination for each subset.
 * @param weights by subset, or by host where a destination has none; those that are not named get 0
 * @param subsets that a host has, by its DestinationRules
 * @param route name or index; every route that has such destinations where it is not given
 * @throws UsageError
 */
export function shifted(
  document: ResourceDocument,
  weights: ReadonlyMap<string, number>,
  subsets: Subsets,
  route?: string,
): ResourceDocument {
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0)
  if (sum !== 100) throw new UsageError(`the weights must sum to 100, they are ${sum}`)
  const fits = ({ route: destinations = [] }: HttpRoute): boolean => {
    const names = destinations.map(nameOf)
    return isWhole(destinations) || [...weights.keys()].every((name) => names.includes(name))
  }
  const home = document.metadata.namespace ?? 'default'
  return changedRoutes(document, route, fits, `no route has destinations ${[...weights.keys()].join(', ')}`, (http) => {
    const [first] = http.route ?? []
    const isSplit = first !== undefined && isWhole(http.route ?? [])
    const destinations = isSplit ? split(first, weights, subsets(first.destination.host, home)) : (http.route ?? [])
    return { ...http, route: destinations.map((each) => ({ ...each, weight: weights.get(nameOf(each)) ?? 0 })) }
  })
}

const nameOf = ({ destination }: Destination): string => destination.subset ?? destination.host

/** One destination without a subset. */
const isWhole = (destinations: readonly Destination[]): boolean =>
  destinations.length === 1 && destinations.every(({ destination }) => destination.subset === undefined)

function split(whole: Destination, weights: ReadonlyMap<string, number>, subsets: readonly string[]): Destination[] {
  const { host } = whole.destination
  if (![...weights.keys()].every((name) => subsets.includes(name)))
    throw new UsageError(`${host} has ${subsets.length === 0 ? 'no subsets' : `the subsets ${subsets.join(', ')}`}`)
  return [...weights.keys()].map((subset) => ({ ...whole, destination: { ...whole.destination, subset } }))
}

/** @param host as it is written in `namespace` */
export type Subsets = (host: string, namespace: string) => readonly string[]

/** Subsets that the DestinationRules among resources give to a host. */
export function subsetsIn(documents: readonly ResourceDocument[]): Subsets {
  const rules = documents.filter(({ kind }) => kind === 'DestinationRule')
  return (host, namespace) =>
    rules.flatMap(({ metadata, spec }) => {
      const { host: of = '', subsets = [] } = (spec ?? {}) as { host?: string; subsets?: readonly { name: string }[] }
      const isIts = expandHost(of, metadata.namespace ?? 'default') === expandHost(host, namespace)
      return isIts ? subsets.map(({ name }) => name) : []
    })
}

/** @param fault null takes it away */
export function withFault(document: ResourceDocument, fault: Fault | null, route?: string): ResourceDocument {
  return changedRoutes(
    document,
    route,
    () => true,
    'it has no HTTP route',
    ({ fault: _before, ...http }) => (fault === null ? http : { ...http, fault }),
  )
}

function changedRoutes(
  document: ResourceDocument,
  route: string | undefined,
  fits: (http: HttpRoute) => boolean,
  otherwise: string,
  change: (http: HttpRoute) => HttpRoute,
): ResourceDocument {
  const spec = (document.spec ?? {}) as VirtualServiceSpec
  const isMeant = (http: HttpRoute, index: number): boolean =>
    (route === undefined || http.name === route || String(index) === route) && fits(http)
  const http = (spec.http ?? []).map((each, index) => (isMeant(each, index) ? change(each) : each))
  if (!(spec.http ?? []).some(isMeant)) throw new UsageError(`${document.metadata.name}: ${otherwise}`)
  return { ...document, spec: { ...spec, http } }
}
