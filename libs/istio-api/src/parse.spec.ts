import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KINDS, SUPPORTED_FIELDS } from './internal.ts'
import { parseResources } from './parse.ts'

const VIRTUAL_SERVICE = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: orders
spec:
  hosts: [orders]
  http:
    - route:
        - destination:
            host: orders
`
const problemsOf = (text: string) => parseResources(text, 'file.yaml').problems
const brief = (text: string) =>
  problemsOf(text).map(({ severity, path, line, column }) => [severity, path, line, column])
const document = (kind: keyof typeof KINDS, spec: string) => {
  const { group, versions } = KINDS[kind]
  return `apiVersion: ${group}/${versions[0]}\nkind: ${kind}\nmetadata: {name: test}\nspec:\n${spec.replaceAll(/^/gm, '  ')}\n`
}

/** Titles then begin with the field. */
const pathFirst = (cases: [text: string, path: string][]) => cases.map(([text, path]) => [path, text] as const)

describe('reading', () => {
  test('several documents, empty ones left out; the namespace is default where none is named', () => {
    const { resources, problems } = parseResources(
      `---\n${VIRTUAL_SERVICE}---\n---\n# nothing\n---\n${VIRTUAL_SERVICE}`,
      'f',
    )
    expect(problems).toEqual([])
    expect(resources.map(({ kind, namespace, name }) => [kind, namespace, name])).toEqual([
      ['VirtualService', 'default', 'orders'],
      ['VirtualService', 'default', 'orders'],
    ])
  })

  test('JSON is read as well', () => {
    const json = JSON.stringify({
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { name: 'a' },
    })
    expect(parseResources(json, 'f')).toMatchObject({ resources: [{ kind: 'PeerAuthentication' }], problems: [] })
  })

  test('aliases that blow up are an error of the file', () => {
    const bomb = ['a: &a [x]', ...['b', 'c', 'd'].map((key, i) => `${key}: &${key} [${`*${'abc'[i]}, `.repeat(20)}]`)]
    expect(parseResources(bomb.join('\n'), 'f').problems).toEqual([
      expect.objectContaining({ severity: 'error', message: expect.stringContaining('alias') }),
    ])
  })

  test('null means the same as no field', () => {
    expect(
      problemsOf(VIRTUAL_SERVICE.replace('    - route:', '    - timeout: null\n      fault: null\n      route:')),
    ).toEqual([])
  })

  test('whatever a spec contains, reading ends with problems and never with an exception', { timeout: 30_000 }, () => {
    const words = fc.constantFrom(
      'http',
      'match',
      'uri',
      'route',
      'hosts',
      'rules',
      'from',
      'source',
      'mtls',
      'subsets',
      'port',
    )
    const { tree } = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      tree: fc.oneof(
        { maxDepth: 6 },
        tie('leaf'),
        fc.array(tie('tree'), { maxLength: 2 }),
        fc.dictionary(words, tie('tree')),
      ),
    }))
    const kinds = fc.constantFrom(...Object.entries(KINDS))
    fc.assert(
      fc.property(kinds, tree, tree, ([kind, { group }], spec, metadata) => {
        const text = JSON.stringify({ apiVersion: `${group}/v1`, kind, metadata, spec })
        for (const problem of problemsOf(text)) expect(problem.message).not.toBe('')
      }),
      { numRuns: 300 },
    )
  })

  test.each(['networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'])('%s is read like v1', (version) => {
    expect(problemsOf(VIRTUAL_SERVICE.replace('networking.istio.io/v1', version))).toEqual([])
  })

  test('what is not YAML is told with its place, and the other documents are read', () => {
    const { resources, problems } = parseResources(`a: [1\n---\n${VIRTUAL_SERVICE}`, 'f')
    expect(problems.length).toBeGreaterThan(0)
    expect(problems[0]).toMatchObject({ severity: 'error', resource: 'f', file: 'f' })
    expect(resources).toHaveLength(1)
  })

  test.each([
    ['5', ''],
    ['kind: Service\napiVersion: v1', 'kind'],
    [VIRTUAL_SERVICE.replace('networking', 'net'), 'apiVersion'],
    [VIRTUAL_SERVICE.replace('name: orders', 'name: Or_ders'), 'metadata.name'],
    [`${VIRTUAL_SERVICE}extra: 1\n`, 'extra'],
  ])('a broken header: %j', (text, path) => {
    const { resources, problems } = parseResources(text, 'f')
    expect(resources).toEqual([])
    expect(problems).toContainEqual(expect.objectContaining({ severity: 'error', path }))
  })
})

describe('structure', () => {
  test('an unknown field is an error at its place, with the name that was meant', () => {
    const text = VIRTUAL_SERVICE.replace('    - route:', '    - timout: 1s\n      route:')
    expect(brief(text)).toEqual([['error', 'spec.http[0].timout', 8, 7]])
    expect(problemsOf(text)[0]).toMatchObject({
      resource: 'VirtualService default/orders',
      message: expect.stringContaining('did you mean timeout?'),
    })
    expect(parseResources(text, 'f').resources).toEqual([])
  })

  test('an unknown field with no neighbour lists what is known', () => {
    const [problem] = problemsOf(document('PeerAuthentication', 'whatever: 1'))
    expect(problem?.message).toContain('mtls, portLevelMtls, selector')
  })

  test('free names in maps are no unknown fields', () => {
    expect(
      problemsOf(document('PeerAuthentication', 'selector: {matchLabels: {any: thing}}\nmtls: {mode: STRICT}')),
    ).toEqual([])
  })

  test.each([
    ['hosts: 5', 'spec.hosts', 'must be a list, is 5'],
    ['http: [{route: [{weight: a, destination: {host: a}}]}]', 'spec.http[0].route[0].weight', 'integer'],
    ['http: [{route: [{destination: {}}]}]', 'spec.http[0].route[0].destination', 'needs the field host'],
    ['http: [{match: [{uri: {exact: a, prefix: b}}]}]', 'spec.http[0].match[0].uri', 'exactly one'],
  ])('%s', (spec, path, message) => {
    const found = problemsOf(document('VirtualService', spec)).filter((problem) => problem.path === path)
    expect(found.map((problem) => problem.message)).toEqual([expect.stringContaining(message)])
  })
})

describe('meaning', () => {
  const http = (route: string) => document('VirtualService', `hosts: [a]\nhttp: [${route}]`)
  const TO_A = 'route: [{destination: {host: a}}]'

  test.each(
    pathFirst([
      [http(`{timeout: abc, ${TO_A}}`), 'spec.http[0].timeout'],
      [http(`{retries: {perTryTimeout: 0s}, ${TO_A}}`), 'spec.http[0].retries.perTryTimeout'],
      [http(`{retries: {retryOn: '5xx,often'}, ${TO_A}}`), 'spec.http[0].retries.retryOn'],
      [http(`{match: [{uri: {regex: '(?=a)'}}], ${TO_A}}`), 'spec.http[0].match[0].uri.regex'],
      [http('{route: [{destination: {host: a_b}}]}'), 'spec.http[0].route[0].destination.host'],
      [
        http('{route: [{destination: {host: a, port: {number: 70000}}}]}'),
        'spec.http[0].route[0].destination.port.number',
      ],
      [http('{route: [{weight: 0, destination: {host: a}}, {destination: {host: b}}]}'), 'spec.http[0].route'],
      [http('{name: empty}'), 'spec.http[0].route'],
      [document('VirtualService', 'http: []'), 'spec.http'],
      [document('VirtualService', `hosts: [a.*.b]\nhttp: [{${TO_A}}]`), 'spec.hosts[0]'],
      [document('Gateway', 'servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: [a]}]'), 'spec.selector'],
      [
        document('Gateway', 'selector: {a: b}\nservers: [{port: {number: 80, name: a, protocol: TCP}, hosts: [a]}]'),
        'spec.servers[0].port.protocol',
      ],
      [document('DestinationRule', 'host: a\nsubsets: [{name: v1}, {name: v1}]'), 'spec.subsets[1].name'],
      [
        document('DestinationRule', 'host: a\ntrafficPolicy: {outlierDetection: {interval: 5}}'),
        'spec.trafficPolicy.outlierDetection.interval',
      ],
      [document('AuthorizationPolicy', 'action: CUSTOM\nrules: [{}]'), 'spec.provider'],
      [
        document('AuthorizationPolicy', 'rules: [{from: [{source: {principals: ["spiffe://a/b"]}}]}]'),
        'spec.rules[0].from[0].source.principals[0]',
      ],
      [
        document('AuthorizationPolicy', 'rules: [{to: [{operation: {paths: ["/a/{**}/{*}"]}}]}]'),
        'spec.rules[0].to[0].operation.paths[0]',
      ],
      [
        document('AuthorizationPolicy', 'rules: [{to: [{operation: {ports: ["http"]}}]}]'),
        'spec.rules[0].to[0].operation.ports[0]',
      ],
    ]),
  )('an error at %s (%j)', (path, text) => {
    const { resources, problems } = parseResources(text, 'f')
    expect(problems).toContainEqual(expect.objectContaining({ severity: 'error', path }))
    expect(resources).toEqual([])
  })

  test('a route behind one that takes everything is a warning', () => {
    expect(brief(http(`{${TO_A}}, {match: [{uri: {exact: /a}}], ${TO_A}}`))).toEqual([
      ['warning', 'spec.http[1]', 6, 47],
    ])
  })
})

describe('what has no effect here is never silent', () => {
  const http = (route: string) =>
    document('VirtualService', `hosts: [a]\nhttp: [{route: [{destination: {host: a}}], ${route}}]`)

  test.each(
    pathFirst([
      [http('match: [{statPrefix: a}]'), 'spec.http[0].match[0].statPrefix'],
      [
        document('DestinationRule', 'host: a\ntrafficPolicy: {connectionPool: {http: {h2UpgradePolicy: UPGRADE}}}'),
        'spec.trafficPolicy.connectionPool.http.h2UpgradePolicy',
      ],
      [document('Sidecar', 'inboundConnectionPool: {tcp: {maxConnections: 1}}'), 'spec.inboundConnectionPool'],
      [
        document('Telemetry', 'tracing: [{useRequestIdForTraceSampling: true}]'),
        'spec.tracing[0].useRequestIdForTraceSampling',
      ],
    ]),
  )('a warning that names %s, and the rest is applied (%j)', (path, text) => {
    const { resources, problems } = parseResources(text, 'f')
    const found = problems.filter((problem) => problem.path === path)
    expect(found.map((problem) => [problem.severity, problem.path])).toEqual([['warning', path]])
    expect(problems.every(({ severity }) => severity === 'warning')).toBe(true)
    expect(found[0]?.message).toContain('no effect')
    expect(resources).toHaveLength(1)
  })

  test.each(
    pathFirst([
      [document('AuthorizationPolicy', 'targetRefs: [{kind: Gateway, name: a}]'), 'spec.targetRefs'],
      [document('RequestAuthentication', 'targetRefs: [{kind: Gateway, name: a}]'), 'spec.targetRefs'],
      [
        document('DestinationRule', 'host: a\ntrafficPolicy: {tls: {mode: SIMPLE, credentialName: a}}'),
        'spec.trafficPolicy.tls.credentialName',
      ],
      [
        document('DestinationRule', 'host: a\ntrafficPolicy: {tunnel: {targetHost: a, targetPort: 80}}'),
        'spec.trafficPolicy.tunnel',
      ],
      [
        document(
          'Gateway',
          'selector: {a: b}\nservers: [{port: {number: 443, name: a, protocol: HTTPS}, hosts: [a], tls: {mode: SIMPLE, credentialName: a, cipherSuites: [b]}}]',
        ),
        'spec.servers[0].tls.cipherSuites',
      ],
      [
        document(
          'VirtualService',
          'hosts: [a]\ntcp: [{match: [{sourceSubnet: 10.0.0.0/8}], route: [{destination: {host: a}}]}]',
        ),
        'spec.tcp[0].match[0].sourceSubnet',
      ],
    ]),
  )('an error at %s, because without it more would be let through (%j)', (path, text) => {
    const { resources, problems } = parseResources(text, 'f')
    expect(problems).toContainEqual(expect.objectContaining({ severity: 'error', path }))
    expect(resources).toEqual([])
  })

  test('the table names only fields that Istio knows', () => {
    for (const [kind, fields] of Object.entries(SUPPORTED_FIELDS)) {
      for (const field of fields.inEffect) {
        const steps = field.split('.')
        const spec = steps.reduceRight<unknown>((value, step) => {
          return step.endsWith('[]') ? { [step.slice(0, -2)]: [value] } : { [step]: value }
        }, null)
        const { group, versions } = KINDS[kind as keyof typeof KINDS]
        const text = JSON.stringify({ apiVersion: `${group}/${versions[0]}`, kind, metadata: { name: 'a' }, spec })
        const unknown = problemsOf(text).filter(({ message }) => message.includes('no field that Istio knows'))
        expect(unknown).toEqual([])
      }
    }
  })
})
