/** A WasmPlugin's own values. The kind is refused as a whole; what is wrong with it is said all the same. */
import type { Findings } from '../problem.ts'
import type { FieldPath, WasmPluginSpec } from '../resource.ts'
import { checkTargets } from './selectors.ts'
import { checkPort, checkUnique } from './values.ts'

const SCHEMES = ['http', 'https', 'file', 'oci']

export function checkWasmPlugin(spec: WasmPluginSpec, findings: Findings): void {
  checkTargets(spec, findings)
  checkUrl(spec.url, findings)
  const env = spec.vmConfig?.env ?? []
  checkUnique(
    env.map(({ name }) => name),
    (index) => ['spec', 'vmConfig', 'env', index, 'name'],
    findings,
  )
  for (const [index, { valueFrom, value }] of env.entries()) {
    if (valueFrom !== 'HOST' || value === undefined) continue
    findings.error(['spec', 'vmConfig', 'env', index, 'value'], 'belongs to valueFrom: INLINE')
  }
  for (const [index, { ports }] of (spec.match ?? []).entries()) checkPorts(ports, ['spec', 'match', index], findings)
}

/** A name without a scheme is an image of a registry. */
function checkUrl(url: string, findings: Findings): void {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(url) ?? []
  const isFine =
    scheme === undefined
      ? /^(?:\/.*|[^\s/?#:%[\]()"]+(?::\d*)?(?:[/?#].*)?)$/.test(url)
      : SCHEMES.includes(scheme.toLowerCase())
  if (isFine) return
  findings.error(['spec', 'url'], `must be a URL of http, https, oci or file, is ${JSON.stringify(url)}`)
}

function checkPorts(
  ports: readonly { readonly number: number }[] | undefined,
  path: FieldPath,
  findings: Findings,
): void {
  const numbers = (ports ?? []).map(({ number }) => number)
  for (const [index, number] of numbers.entries()) checkPort(number, [...path, 'ports', index, 'number'], findings)
  checkUnique(numbers, (index) => [...path, 'ports', index, 'number'], findings)
}
