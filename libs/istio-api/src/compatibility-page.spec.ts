/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, test } from 'vitest'
import { compatibilityPage, KINDS, SUPPORTED_FIELDS } from './internal.ts'
import { NEWER_FIELDS } from './newer-fields.ts'
import type { IstioKind } from './resource.ts'
import { fieldsOf } from './schema-fields.ts'
import { placesOf, problemsOf } from './testing/problems.ts'

const kinds = Object.keys(KINDS) as IstioKind[]
/** The formatter pads the cells of a table; what they say is the same. */
const cells = (page: string) => page.replaceAll(/ +/g, ' ').replaceAll(/-{2,}/g, '-').trim()

test('the page is what the code says; npm run docs:istio writes it anew', () => {
  const [page] = Object.values(
    import.meta.glob<string>('../../../docs/istio-compatibility.md', { query: '?raw', import: 'default', eager: true }),
  )
  expect(cells(page ?? '')).toBe(cells(compatibilityPage()))
})

test('the page names each kind, and of each kind what is in effect', () => {
  const page = compatibilityPage()
  for (const kind of kinds) expect(page).toContain(`## ${kind}\n`)
  expect(page).toContain('| `http[].match[].uri.exact` | string | in effect |')
  expect(page).toContain('| `subsets[].trafficPolicy.tls.credentialName` | string | refused: error |')
  expect(page).toContain('| `portLevelMtls{}.mode` | string | in effect |')
  expect(page).toContain('| `configPatches[].patch.value` | object | refused: error |')
})

describe('fields', () => {
  test.each(kinds)('the table for %s names fields that the schema has', (kind) => {
    const known = fieldsOf(kind).map(({ path }) => path.replaceAll('{}', ''))
    const { inEffect = [], conditions = [] } = SUPPORTED_FIELDS[kind] ?? {}
    const unknown = [...inEffect, ...conditions].filter(
      (field) => !known.some((path) => path === field || ['.', '['].some((next) => path.startsWith(`${field}${next}`))),
    )
    expect(unknown).toEqual([])
  })

  test.each(kinds)('what is kept by hand for %s is not in the generated schema', (kind) => {
    for (const name of Object.keys(NEWER_FIELDS[kind] ?? {})) {
      const times = fieldsOf(kind).filter(({ path }) => path === name || path === `${name}[]`).length
      expect([name, times <= 1]).toEqual([name, true])
    }
  })

  test('a field that is newer than the schemas is known: its type is checked, and it is no unknown field', () => {
    const rule = (written: string) =>
      placesOf(problemsOf('VirtualService', `{hosts: [a], http: [{redirect: {${written}}}]}`))
    expect(rule('prefixRewrite: /b')).toEqual(['error spec.http[0].redirect.prefixRewrite'])
    expect(rule('prefixRewrite: 5')).toEqual(['error spec.http[0].redirect.prefixRewrite'])
    expect(placesOf(problemsOf('Telemetry', '{tracing: [{disableContextPropagation: true}]}'))).toEqual([
      'warning spec.tracing[0].disableContextPropagation',
    ])
  })
})

describe('kinds that are refused as a whole, with what is wrong in them all the same', () => {
  test.each([
    ['EnvoyFilter', '{configPatches: []}', []],
    [
      'EnvoyFilter',
      '{configPatches: [{applyTo: CLUSTER, patch: {operation: MERGE}}]}',
      ['configPatches[0].patch.value'],
    ],
    [
      'EnvoyFilter',
      '{configPatches: [{applyTo: CLUSTER, match: {listener: {}}, patch: {operation: REMOVE}}]}',
      ['configPatches[0].match.listener'],
    ],
    ['WasmPlugin', '{url: "oci://registry.example.com/a:1"}', []],
    ['WasmPlugin', '{url: "ftp://a/b"}', ['url']],
    ['WasmPlugin', '{url: a/b, vmConfig: {env: [{name: A}, {name: A}]}}', ['vmConfig.env[1].name']],
    ['ProxyConfig', '{concurrency: 2}', []],
    ['ProxyConfig', '{selector: {matchLabels: {a: "*"}}}', ['selector.matchLabels.a']],
    ['WorkloadGroup', '{template: {serviceAccount: a}}', []],
    ['WorkloadGroup', '{template: {address: "unix:///a/"}}', ['template.address']],
    ['WorkloadGroup', '{template: {}, probe: {httpGet: {port: 0}}}', ['probe.httpGet.port']],
  ] as const)('%s %s', (kind, spec, paths) => {
    const problems = problemsOf(kind, spec)
    expect(problems.find(({ path }) => path === 'kind')).toMatchObject({ severity: 'error', code: 'refused' })
    expect(problems.filter(({ code }) => code === 'invalid').map(({ path }) => path)).toEqual(
      paths.map((path) => `spec.${path}`),
    )
  })
})
