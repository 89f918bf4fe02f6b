/** Small changes of a VirtualService: pure, on the document as it was written; what is not touched stays as it is. */
import { UsageError } from '../command.ts'
import type { Document } from './sourced.ts'

interface Destination {
  readonly destination: { readonly host: string; readonly subset?: string }
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
 * @param weights by subset, or by host where a destination has none; those that are not named get 0
 * @param route name or index; every route that has such destinations where it is not given
 * @throws UsageError
 */
export function shifted(document: Document, weights: ReadonlyMap<string, number>, route?: string): Document {
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0)
  if (sum !== 100) throw new UsageError(`the weights must sum to 100, they are ${sum}`)
  const nameOf = ({ destination }: Destination): string => destination.subset ?? destination.host
  const fits = ({ route: destinations = [] }: HttpRoute): boolean => {
    const names = destinations.map(nameOf)
    return [...weights.keys()].every((name) => names.includes(name))
  }
  return changedRoutes(document, route, fits, `no route has destinations ${[...weights.keys()].join(', ')}`, (http) => {
    const destinations = (http.route ?? []).map((each) => ({ ...each, weight: weights.get(nameOf(each)) ?? 0 }))
    return { ...http, route: destinations }
  })
}

/** @param fault null takes it away */
export function withFault(document: Document, fault: Fault | null, route?: string): Document {
  return changedRoutes(
    document,
    route,
    () => true,
    'it has no HTTP route',
    ({ fault: _before, ...http }) => (fault === null ? http : { ...http, fault }),
  )
}

function changedRoutes(
  document: Document,
  route: string | undefined,
  fits: (http: HttpRoute) => boolean,
  otherwise: string,
  change: (http: HttpRoute) => HttpRoute,
): Document {
  const spec = (document.spec ?? {}) as VirtualServiceSpec
  const isMeant = (http: HttpRoute, index: number): boolean =>
    (route === undefined || http.name === route || String(index) === route) && fits(http)
  const http = (spec.http ?? []).map((each, index) => (isMeant(each, index) ? change(each) : each))
  if (!(spec.http ?? []).some(isMeant)) throw new UsageError(`${document.metadata.name}: ${otherwise}`)
  return { ...document, spec: { ...spec, http } }
}
