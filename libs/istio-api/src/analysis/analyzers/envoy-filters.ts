/**
 * Patches of EnvoyFilters that Envoy would pass over. The mesh refuses EnvoyFilters as a whole; whoever analyses files for a real Istio as well is
 * told all the same.
 */
import type { FieldPath } from '../../resource.ts'
import type { Analyzer } from '../analyzer.ts'
import type { Of } from '../context.ts'

type EnvoyFilter = Of<'EnvoyFilter'>
type ReportPatch = (code: 'IST0151' | 'IST0152' | 'IST0153' | 'IST0154' | 'IST0155', path: FieldPath) => void
type ConfigPatch = NonNullable<EnvoyFilter['spec']['configPatches']>[number]

const WHOLE_ROUTES: ReadonlySet<string | undefined> = new Set(['ROUTE_CONFIGURATION', 'HTTP_ROUTE'])
const REPLACEABLE: ReadonlySet<string | undefined> = new Set(['NETWORK_FILTER', 'HTTP_FILTER', 'VIRTUAL_HOST'])

export const envoyFilterPatches: Analyzer = (context, report) => {
  // Filters that some patch names together with a version of the proxy.
  const versioned = new Set<string>()
  for (const filter of context.of('EnvoyFilter')) {
    // Each mistake once: whoever knows of one looks at the others.
    const told = new Set<string>()
    const once: ReportPatch = (code, path) => {
      if (!told.has(code)) report(code, filter, path)
      told.add(code)
    }
    for (const [index, configPatch] of (filter.spec.configPatches ?? []).entries()) {
      if (configPatch.patch === undefined) break
      checkPatch(filter, index, configPatch, versioned, once)
      if ((configPatch.match?.proxy?.proxyVersion ?? '') !== '') versioned.add(patchedName(configPatch))
    }
  }
}

function checkPatch(
  filter: EnvoyFilter,
  index: number,
  configPatch: ConfigPatch,
  versioned: ReadonlySet<string>,
  report: ReportPatch,
): void {
  const { applyTo, patch } = configPatch
  const path = ['spec', 'configPatches', index, 'patch']
  const relative = (): void => {
    if ((filter.spec.priority ?? 0) !== 0) return
    report(versioned.has(patchedName(configPatch)) ? 'IST0155' : 'IST0151', path)
  }
  switch (patch?.operation) {
    case 'ADD':
      if (WHOLE_ROUTES.has(applyTo)) report('IST0153', path)
      break
    case 'REMOVE':
      if (WHOLE_ROUTES.has(applyTo)) report('IST0154', path)
      else relative()
      break
    case 'REPLACE':
      if (REPLACEABLE.has(applyTo)) relative()
      else report('IST0152', path)
      break
    case 'INSERT_BEFORE':
    case 'INSERT_AFTER':
      relative()
  }
}

/** What the patch puts in, else what it is put beside; empty where it says neither. */
function patchedName({ match, patch }: ConfigPatch): string {
  const value: unknown = patch?.value
  if (typeof value !== 'object' || value === null) return ''
  const name: unknown = Reflect.get(value, 'name')
  return name === undefined ? (match?.listener?.filterChain?.filter?.name ?? '') : `value ${JSON.stringify(name)}`
}
