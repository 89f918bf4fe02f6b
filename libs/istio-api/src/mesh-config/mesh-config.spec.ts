import { expect, test } from 'vitest'
import { parseResources } from '../parse.ts'

const configMap = (mesh: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
${mesh.replaceAll(/^/gm, '    ')}
`
const found = (text: string) =>
  parseResources(text, 'f').problems.map(({ severity, path, line, column }) => [severity, path, line, column])

test('is read; what has no effect is a warning at its line in the outer file', () => {
  const text = configMap('pathNormalization:\n  normalization: MERGE_SLASHES\nproxyListenPort: 1')
  expect(found(text)).toEqual([['warning', 'proxyListenPort', 8, 5]])
  expect(parseResources(text, 'f').resources).toMatchObject([
    { kind: 'ConfigMap', spec: { pathNormalization: { normalization: 'MERGE_SLASHES' } } },
  ])
})

test.each([
  ['inboundTrafficPolicy: {mode: LOCALHOST}', 'inboundTrafficPolicy'],
  ['defaultProviders: {tracing: [otel]}', 'defaultProviders.tracing'],
  ['defaultProviders: {metrics: [prometheus]}', 'defaultProviders.metrics'],
])('%s is read, and has no effect: a warning', (mesh, path) => {
  const { resources, problems } = parseResources(configMap(mesh), 'f')
  expect(problems).toMatchObject([{ severity: 'warning', code: 'ineffective', path, line: 6 }])
  expect(resources).toHaveLength(1)
})

test.each([
  ['pathNormalization: {normalization: ALL}', 'pathNormalization.normalization'],
  ['defaultHttpRetryPolicy: {attempts: many}', 'defaultHttpRetryPolicy.attempts'],
  ['defaultHttpRetryPolicy: {attempts: 1, retryOn: often}', 'defaultHttpRetryPolicy.retryOn'],
  ['extensionProviders: {}', 'extensionProviders'],
  ['extensionProviders: [{}]', 'extensionProviders[0]'],
  ['extensionProviders: [{name: a}, {name: a}]', 'extensionProviders[1].name'],
  ['extensionProviders: [{name: A_}]', 'extensionProviders[0].name'],
  ['extensionProviders: [{name: a, envoyExtAuthzHttp: {port: 1}}]', 'extensionProviders[0].envoyExtAuthzHttp'],
  [
    'extensionProviders: [{name: a, envoyExtAuthzHttp: {service: a, port: 1}}]',
    'extensionProviders[0].envoyExtAuthzHttp.service',
  ],
  [
    'extensionProviders: [{name: a, envoyExtAuthzHttp: {service: a.b, port: 0}}]',
    'extensionProviders[0].envoyExtAuthzHttp.port',
  ],
  [
    'extensionProviders: [{name: a, envoyExtAuthzHttp: {service: a.b, port: 1, statusOnError: "999"}}]',
    'extensionProviders[0].envoyExtAuthzHttp.statusOnError',
  ],
  [
    'extensionProviders: [{name: a, envoyExtAuthzHttp: {service: a.b, port: 1, headersToUpstreamOnAllow: ["*"]}}]',
    'extensionProviders[0].envoyExtAuthzHttp.headersToUpstreamOnAllow[0]',
  ],
  ['[1]', ''],
])('%s is refused', (mesh, path) => {
  const { resources, problems } = parseResources(configMap(mesh), 'f')
  expect(problems).toContainEqual(expect.objectContaining({ severity: 'error', path, line: 6 }))
  expect(resources).toEqual([])
})

test('what is no YAML inside, and another ConfigMap, are errors', () => {
  expect(found(configMap('a: [1'))[0]).toEqual(['error', '', 7, 5])
  expect(found(configMap('{}').replace('name: istio', 'name: other'))).toEqual([['error', 'metadata', 3, 1]])
  expect(found('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n')).toHaveLength(1)
})
