/** Routes that are never reached and conditions that an earlier route has used up. */
import type { HttpMatchSpec, HttpRouteSpec } from '../../resource.ts'
import { eachAlone } from '../analyzer.ts'
import type { Of } from '../context.ts'
import type { Report } from '../finding.ts'
import { quoted } from '../message.ts'

type VirtualService = Of<'VirtualService'>
interface Route {
  readonly name?: string
  readonly match?: readonly { readonly name?: string; readonly port?: number }[]
}

export const unreachableRoutes = eachAlone('VirtualService', (resource, report) => {
  checkPrefixes(resource, checkOrder(resource, 'http', report), report)
  checkOrder(resource, 'tcp', report)
  checkOrder(resource, 'tls', report)
})

/** @returns where conditions stand that are new, as `<route>.<condition>` */
function checkOrder(resource: VirtualService, field: 'http' | 'tcp' | 'tls', report: Report): ReadonlySet<string> {
  const routes: readonly Route[] = resource.spec[field] ?? []
  const seen = new Map<string, number>()
  const fresh = new Set<string>()
  let takesAll = false
  for (const [index, route] of routes.entries()) {
    const path = ['spec', field, index]
    const matches = route.match ?? []
    if (matches.length === 0) {
      if (takesAll) report('IST0130', resource, path, nameOf(route, index), 'only the last rule can have no matches')
      takesAll = true
      continue
    }
    let used = 0
    for (const [place, match] of matches.entries()) {
      if (takesAll) {
        report('IST0130', resource, path, nameOf(route, index), 'route without matches defined before')
        continue
      }
      const key = keyOf(match)
      const earlier = seen.get(key)
      if (earlier === undefined) {
        seen.set(key, index)
        fresh.add(`${index}.${place}`)
        continue
      }
      used++
      const other = nameOf(routes[earlier] ?? {}, earlier)
      report('IST0131', resource, [...path, 'match', place], nameOf(route, index), nameOf(match, place), other)
    }
    if (used === matches.length) {
      report('IST0130', resource, path, nameOf(route, index), 'all matches used by prior rules')
    }
  }
  return fresh
}

const nameOf = ({ name = '' }: { readonly name?: string }, index: number): string =>
  name === '' ? `#${index}` : quoted(name)

/** What a condition says, without its name and whatever the order of its fields; only routes of HTTP have named conditions. */
function keyOf(match: { readonly name?: string; readonly port?: number }): string {
  const { name: _name, ...rest } = match
  return JSON.stringify(rest, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

/** A condition with a prefix, and the others beside it as Istio compares them: `exact:` or `prefix:` and the text. */
interface PrefixMatch {
  readonly route: string
  readonly match: string
  readonly index: number
  readonly place: number
  readonly prefix: string
  readonly port: number
  readonly texts: readonly string[]
  readonly maps: readonly Readonly<Record<string, string>>[]
}

function checkPrefixes(resource: VirtualService, fresh: ReadonlySet<string>, report: Report): void {
  const prefixes = (resource.spec.http ?? [])
    .flatMap(prefixesOf)
    .filter(({ index, place }) => fresh.has(`${index}.${place}`))
  for (const [position, earlier] of prefixes.entries()) {
    for (const later of prefixes.slice(position + 1)) {
      if (later.prefix === earlier.prefix || !isCovered(earlier, later)) continue
      const said = `${later.match} of prefix ${later.prefix}`
      const other = `${earlier.match} of prefix ${earlier.prefix} on ${earlier.route}`
      report('IST0131', resource, ['spec', 'http', later.index, 'match', later.place], later.route, said, other)
    }
  }
}

function prefixesOf(route: HttpRouteSpec, index: number): PrefixMatch[] {
  return (route.match ?? []).flatMap((match, place): PrefixMatch[] => {
    const prefix = match.uri?.prefix ?? ''
    if (prefix === '') return []
    const method = textOf(match.method)
    return [
      {
        route: nameOf(route, index),
        match: nameOf(match, place),
        index,
        place,
        prefix,
        port: match.port ?? 0,
        texts: [method === '' ? 'exact:GET' : method, textOf(match.authority)],
        maps: [mapOf(match.headers), mapOf(match.queryParams), mapOf(match.withoutHeaders)],
      },
    ]
  })
}

type Condition = HttpMatchSpec['method']

function textOf(condition: Condition): string {
  const { exact = '', prefix = '' } = condition ?? {}
  if (exact !== '') return `exact:${exact}`
  return prefix === '' ? '' : `prefix:${prefix}`
}

function mapOf(conditions: Readonly<Record<string, Condition>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(conditions ?? {}).map(([name, condition]) => [name, textOf(condition)]))
}

function isCovered(earlier: PrefixMatch, later: PrefixMatch): boolean {
  return (
    later.prefix.startsWith(earlier.prefix) &&
    later.port === earlier.port &&
    earlier.texts.every((text, index) => text.startsWith(later.texts[index] ?? '')) &&
    earlier.maps.every((map, index) => mapCovers(map, later.maps[index] ?? {}))
  )
}

function mapCovers(earlier: Readonly<Record<string, string>>, later: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(earlier)
  if (names.length !== Object.keys(later).length) return false
  return names.every((name) => later[name] !== undefined && (earlier[name] ?? '').startsWith(later[name]))
}
