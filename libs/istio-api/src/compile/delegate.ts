/**
 * Delegation: a root's route hands its requests to the routes of another VirtualService, which has no hosts. As in Istio each of the delegate's
 * conditions must be narrower than one of the root's (a route that is not is left out), what the delegate does not set is the root's, and
 * regular expressions cannot be compared and therefore conflict.
 */
import { ofKind, type HttpMatchSpec, type HttpRouteSpec, type Resource, type ResourceOf } from '../resource.ts'
import type { WrittenStringMatch } from '../checks/values.ts'
import { gatewayName } from './http-match.ts'

type VirtualService = ResourceOf<'VirtualService'>

export interface OwnedRoute {
  readonly http: HttpRouteSpec
  /** Short names of destinations belong to it. */
  readonly namespace: string
  /** `http[].name`, else its index. */
  readonly name: string
}

/** By name, where the reader's namespace sees it. */
export type FindVirtualService = (namespace: string, name: string, reader: string) => VirtualService | null

/** All routes of a root or a plain VirtualService, delegates merged in; names of gateways in full. */
export function httpRoutesOf(virtualService: VirtualService, find: FindVirtualService): OwnedRoute[] {
  const { namespace } = virtualService
  return (virtualService.spec.http ?? []).flatMap((written, index): OwnedRoute[] => {
    const http = withGatewayNames(written, namespace)
    if (http.delegate === undefined) return [{ http, namespace, name: nameOr(http.name, String(index)) }]
    const delegate = findDelegate(http, namespace, find)
    return (delegate?.spec.http ?? []).flatMap((own, place): OwnedRoute[] => {
      const merged = mergeRoute(http, withGatewayNames(own, delegate?.namespace ?? namespace))
      if (merged === null) return []
      return [
        { http: merged, namespace: delegate?.namespace ?? namespace, name: nameOr(merged.name, `${index}-${place}`) },
      ]
    })
  })
}

function findDelegate({ delegate }: HttpRouteSpec, namespace: string, find: FindVirtualService): VirtualService | null {
  if (delegate === undefined) return null
  const found = find(nameOr(delegate.namespace, namespace), delegate.name ?? '', namespace)
  return found !== null && (found.spec.hosts ?? []).length === 0 ? found : null
}

/** Null where there is no such VirtualService, or it has hosts and speaks for itself. */
export function delegateOf(
  { delegate }: HttpRouteSpec,
  namespace: string,
  resources: readonly Resource[],
): VirtualService | null {
  if (delegate === undefined) return null
  const wanted = { name: delegate.name ?? '', namespace: nameOr(delegate.namespace, namespace) }
  return (
    ofKind(resources, 'VirtualService').find(
      ({ name, namespace: itsNamespace, spec }) =>
        name === wanted.name && itsNamespace === wanted.namespace && (spec.hosts ?? []).length === 0,
    ) ?? null
  )
}

const nameOr = (name: string | undefined, other: string): string => (name === undefined || name === '' ? other : name)

function withGatewayNames(http: HttpRouteSpec, namespace: string): HttpRouteSpec {
  if (http.match === undefined) return http
  const match = http.match.map((each): HttpMatchSpec => {
    return each.gateways === undefined
      ? each
      : { ...each, gateways: each.gateways.map((name) => gatewayName(name, namespace)) }
  })
  return { ...http, match }
}

/** Null where the conditions of the two cannot be met together. */
function mergeRoute(root: HttpRouteSpec, own: HttpRouteSpec): HttpRouteSpec | null {
  const match = mergeMatches(root.match ?? [], own.match ?? [])
  if (match === null) return null
  const { delegate: _delegate, match: _match, name: _name, ...preset } = root
  return { ...preset, ...own, match, name: joined(root.name, own.name) }
}

function mergeMatches(root: readonly HttpMatchSpec[], own: readonly HttpMatchSpec[]): HttpMatchSpec[] | null {
  if (root.length === 0) return [...own]
  if (own.length === 0) return [...root]
  const merged = own.map((leaf) => root.filter((each) => !conflict(each, leaf)).map((each) => mergeMatch(each, leaf)))
  return merged.some((found) => found.length === 0) ? null : merged.flat()
}

const joined = (first: string | undefined, second: string | undefined): string =>
  [first, second].filter((each) => each !== undefined && each !== '').join('-')

function mergeMatch(root: HttpMatchSpec, leaf: HttpMatchSpec): HttpMatchSpec {
  const name = joined(root.name, leaf.name)
  const out = { ...root, ...leaf, ...(name !== '' && { name }) }
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const) {
    if (root[field] !== undefined || leaf[field] !== undefined) out[field] = { ...root[field], ...leaf[field] }
  }
  if (root.sourceLabels !== undefined || leaf.sourceLabels !== undefined) {
    out.sourceLabels = { ...root.sourceLabels, ...leaf.sourceLabels }
  }
  return out
}

function conflict(root: HttpMatchSpec, leaf: HttpMatchSpec): boolean {
  for (const field of ['uri', 'scheme', 'method', 'authority'] as const) {
    if (stringConflict(root[field], leaf[field])) return true
  }
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const) {
    for (const [name, value] of Object.entries(leaf[field] ?? {})) {
      if (stringConflict(root[field]?.[name], value)) return true
    }
  }
  if ((root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false)) return true
  if (root.port !== undefined && leaf.port !== undefined && root.port !== leaf.port) return true
  if ((root.sourceNamespace ?? '') !== '' && leaf.sourceNamespace !== root.sourceNamespace) return true
  for (const [name, value] of Object.entries(leaf.sourceLabels ?? {})) {
    const wanted = root.sourceLabels?.[name]
    if (wanted !== undefined && wanted !== value) return true
  }
  const allowed = root.gateways ?? []
  return allowed.length > 0 && (leaf.gateways ?? []).some((name) => !allowed.includes(name))
}

/** Whether the leaf could let through what the root does not. */
function stringConflict(root: WrittenStringMatch | undefined, leaf: WrittenStringMatch | undefined): boolean {
  if (root === undefined || leaf === undefined) return false
  if (root.regex !== undefined || leaf.regex !== undefined) return true
  if (root.exact !== undefined) return leaf.exact !== root.exact
  if (root.prefix === undefined) return true
  return !(leaf.exact ?? leaf.prefix ?? '').startsWith(root.prefix)
}
