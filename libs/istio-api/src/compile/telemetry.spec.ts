/** What Telemetry resources mean: root before namespace before workload, each for what is served and what is called. */
import { expect, test } from 'vitest'
import { compilerFor, compilerWith, type Written } from '../testing/compiled.ts'

const telemetry = (namespace: string, spec: object, name = 'test'): Written => {
  return { kind: 'Telemetry', in: namespace, name, spec }
}
const web = { selector: { matchLabels: { app: 'web' } } }
const of = (mesh: object, ...written: Written[]) =>
  compilerWith(mesh, ...written).compileInbound('shop', 'web', { app: 'web' }).telemetry

test('nothing where nobody says anything', () => {
  expect(of({})).toBeUndefined()
  expect(of({}, telemetry('other', { accessLogging: [{ disabled: true }] }))).toBeUndefined()
})

test('access log: the narrowest level that speaks counts; of equals the oldest', () => {
  const off = { accessLogging: [{ disabled: true }] }
  expect(of({}, telemetry('istio-system', off))?.server?.accessLog).toEqual({ enabled: false })
  const on = { accessLogging: [{ disabled: false }] }
  expect(of({}, telemetry('istio-system', off), telemetry('shop', on))?.server?.accessLog).toEqual({ enabled: true })
  const own = telemetry('shop', { ...web, ...off }, 'own')
  expect(of({}, telemetry('shop', on), own)?.client?.accessLog).toEqual({ enabled: false })
})

test('access log: by mode, with a filter; an empty file in the mesh configuration switches it off', () => {
  const spec = {
    accessLogging: [
      { match: { mode: 'SERVER' }, filter: { expression: 'response.code >= 500' } },
      { match: { mode: 'CLIENT' }, disabled: true },
    ],
  }
  const found = of({}, telemetry('shop', spec))
  expect(found?.server?.accessLog).toEqual({ enabled: true, filter: '(response.code >= 500)' })
  expect(found?.client?.accessLog).toEqual({ enabled: false })
  expect(of({ accessLogFile: '' })?.server?.accessLog).toEqual({ enabled: false })
  expect(of({ accessLogFile: '' }, telemetry('shop', { accessLogging: [{}] }))?.server?.accessLog).toEqual({
    enabled: true,
  })
})

test('access log: a provider that a narrower level does not name is out', () => {
  const files = (name: string) => ({
    accessLogging: [{ providers: [{ name }], filter: { expression: 'response.code == 1' } }],
  })
  const narrower = { accessLogging: [{ providers: [{ name: 'b' }] }] }
  expect(of({}, telemetry('istio-system', files('a')), telemetry('shop', narrower))?.server?.accessLog).toEqual({
    enabled: true,
  })
})

test('tracing: share, reports and tags, each from the narrowest that gives one', () => {
  const customTags = { team: { literal: { value: 'shop' } }, who: { header: { name: 'X-Who', defaultValue: '?' } } }
  const found = of(
    { defaultConfig: { tracing: { sampling: 10 } } },
    telemetry('istio-system', { tracing: [{ randomSamplingPercentage: 50, customTags }] }),
    telemetry('shop', { tracing: [{ match: { mode: 'CLIENT' }, disableSpanReporting: true }] }),
  )
  const tags = [
    { name: 'team', kind: 'literal', value: 'shop' },
    { name: 'who', kind: 'header', of: 'x-who', defaultValue: '?' },
  ]
  expect(found?.server?.tracing).toEqual({ reports: true, samplingPercentage: 50, customTags: tags })
  expect(found?.client?.tracing).toEqual({ reports: false, samplingPercentage: 50, customTags: tags })
  expect(of({ enableTracing: false })?.server?.tracing).toEqual({ reports: false })
  expect(of({ defaultConfig: { tracing: { sampling: 10 } } })?.server?.tracing).toEqual({
    reports: true,
    samplingPercentage: 10,
  })
})

test('metrics: all off, one off, tags', () => {
  const metrics = (...overrides: object[]) => of({}, telemetry('shop', { metrics: [{ overrides }] }))
  expect(metrics({ disabled: true })?.server?.metrics).toEqual({ disabled: true })
  const found = metrics(
    { match: { metric: 'REQUEST_COUNT', mode: 'CLIENT' }, disabled: true },
    {
      match: { metric: 'REQUEST_SIZE' },
      tagOverrides: { source_app: { operation: 'REMOVE' }, team: { value: "'a'" } },
    },
  )
  const size = {
    metric: 'REQUEST_SIZE',
    tags: [
      { name: 'source_app', value: null },
      { name: 'team', value: 'a' },
    ],
  }
  expect(found?.server?.metrics).toEqual({ overrides: [size] })
  expect(found?.client?.metrics).toEqual({ overrides: [{ metric: 'REQUEST_COUNT', disabled: true }, size] })
})

test('a gateway hears the root, and what selects its labels', () => {
  const edge = { selector: { matchLabels: { istio: 'edge' } }, tracing: [{ randomSamplingPercentage: 1 }] }
  const compiler = compilerFor(
    {
      kind: 'Gateway',
      spec: {
        selector: { istio: 'edge' },
        servers: [{ hosts: ['*'], port: { number: 80, name: 'a', protocol: 'HTTP' } }],
      },
    },
    telemetry('istio-system', { accessLogging: [{ disabled: true }] }),
    telemetry('shop', { tracing: [{ randomSamplingPercentage: 99 }] }, 'wide'),
    telemetry('shop', edge, 'edge'),
  )
  expect(compiler.compileGateways()[0]?.telemetry).toEqual({
    client: { accessLog: { enabled: false }, tracing: { reports: true, samplingPercentage: 1 } },
  })
})
