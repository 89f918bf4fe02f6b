import { expect, test } from 'vitest'
import { analyse, refusals } from './analyse.ts'
import { parseResources } from './parse.ts'

const SERVICES = [{ host: 'a.default.svc.cluster.local', namespace: 'default', name: 'a', ports: [80], accounts: [] }]
const HEAD = 'apiVersion: networking.istio.io/v1\n'
const virtualService = (name: string, destination: string, more = '') =>
  `${HEAD}kind: VirtualService\nmetadata: {name: ${name}}\nspec:\n  hosts: [a]\n  ${more}\n  http: [{route: [{destination: ${destination}}]}]\n`
const rule = (name: string, host: string) =>
  `${HEAD}kind: DestinationRule\nmetadata: {name: ${name}}\nspec: {host: ${host}}\n`

function found(...documents: string[]) {
  const { resources, problems } = parseResources(documents.join('---\n'), 'f.yaml')
  expect(problems).toEqual([])
  return analyse({ resources, services: SERVICES }).map(({ severity, resource, path }) => [severity, resource, path])
}

test('nothing to say where everything is there', () => {
  expect(found(virtualService('v', '{host: a}'), rule('r', 'a'))).toEqual([])
})

test.each([
  [virtualService('v', '{host: b}'), 'spec.http[0].route[0].destination.host'],
  [virtualService('v', '{host: a, port: {number: 81}}'), 'spec.http[0].route[0].destination.port'],
  [virtualService('v', '{host: a, subset: v1}'), 'spec.http[0].route[0].destination.subset'],
])('what is named and not there is a warning: %s', (text, path) => {
  expect(found(text)).toEqual([['warning', 'VirtualService default/v', path]])
})

test('a gateway that is not there is a warning', () => {
  const [first, ...more] = found(virtualService('v', '{host: a}', 'gateways: [gone]'))
  expect(first).toEqual(['warning', 'VirtualService default/v', 'spec.gateways[0]'])
  // Nor has it the host.
  expect(more).toEqual([first])
})

test('a second resource for the same host is a warning', () => {
  expect(found(virtualService('v', '{host: a}'), virtualService('w', '{host: a}'))).toEqual([
    ['warning', 'VirtualService default/v', 'metadata.name'],
    ['warning', 'VirtualService default/w', 'metadata.name'],
  ])
  expect(found(rule('r', 'a'), rule('s', 'a'), rule('t', 'b'))).toEqual([
    ['warning', 'DestinationRule default/t', 'spec.host'],
  ])
})

test('where nobody has registered, nothing is said of who is missing', () => {
  const { resources } = parseResources(virtualService('v', '{host: b}'), 'f.yaml')
  expect(analyse({ resources, services: [] })).toEqual([])
})

const entry = (name: string, host: string, more = 'endpoints: [{address: 10.0.0.1}]') =>
  `${HEAD}kind: ServiceEntry\nmetadata: {name: ${name}}\nspec: {hosts: [${host}], resolution: STATIC, ports: [{number: 443, name: tls, protocol: TLS}], ${more}}\n`
const security = (kind: string, spec: string) =>
  `apiVersion: security.istio.io/v1\nkind: ${kind}\nmetadata: {name: p}\nspec: ${spec}\n`

test('a host of a ServiceEntry is a service like another', () => {
  expect(found(entry('e', 'b.org'), virtualService('v', '{host: b.org, port: {number: 443}}'))).toEqual([])
  expect(found(entry('e', 'b.org'), virtualService('v', '{host: b.org, port: {number: 80}}'))).toEqual([
    ['warning', 'VirtualService default/v', 'spec.http[0].route[0].destination.port'],
  ])
})

test.each([
  [entry('e', 'a.default.svc.cluster.local'), 'ServiceEntry default/e', 'spec.hosts[0]'],
  [`${entry('e', 'b.org')}---\n${entry('f', 'b.org')}`, 'ServiceEntry default/f', 'spec.hosts[0]'],
  [entry('e', 'b.org', 'workloadSelector: {labels: {app: b}}'), 'ServiceEntry default/e', 'spec.workloadSelector'],
  [
    `${HEAD}kind: VirtualService\nmetadata: {name: v}\nspec: {hosts: [a], http: [{delegate: {name: b}}]}\n`,
    'VirtualService default/v',
    'spec.http[0].delegate',
  ],
  [
    `${HEAD}kind: VirtualService\nmetadata: {name: v}\nspec: {hosts: [a], http: [{mirror: {host: b}, route: [{destination: {host: a}}]}]}\n`,
    'VirtualService default/v',
    'spec.http[0].mirror.host',
  ],
  [
    `${HEAD}kind: VirtualService\nmetadata: {name: v}\nspec: {hosts: [a], tcp: [{route: [{destination: {host: b}}]}]}\n`,
    'VirtualService default/v',
    'spec.tcp[0].route[0].destination.host',
  ],
  [
    security('AuthorizationPolicy', '{action: CUSTOM, provider: {name: x}, rules: [{}]}'),
    'AuthorizationPolicy default/p',
    'spec.provider.name',
  ],
  [
    security('AuthorizationPolicy', '{selector: {matchLabels: {version: v1}}, rules: [{}]}'),
    'AuthorizationPolicy default/p',
    'spec.selector.matchLabels',
  ],
  [
    security('PeerAuthentication', '{selector: {matchLabels: {version: v1}}, mtls: {mode: STRICT}}'),
    'PeerAuthentication default/p',
    'spec.selector.matchLabels',
  ],
])('what has no effect is a warning: %s', (text, resource, path) => {
  expect(found(text)).toEqual([['warning', resource, path]])
})

test('a policy that denies also hears what workloads say of themselves', () => {
  expect(
    found(
      security(
        'AuthorizationPolicy',
        '{action: DENY, selector: {matchLabels: {version: v1}}, rules: [{to: [{operation: {ports: ["80"]}}]}]}',
      ),
    ),
  ).toEqual([])
})

test('the same name twice is an error', () => {
  expect(found(rule('r', 'a'), rule('r', 'a'))).toEqual([['error', 'DestinationRule default/r', 'metadata.name']])
})

test('workloads of the registry that a workloadSelector would find are left out, and that is said, whatever else it finds', () => {
  const entry = `${HEAD}kind: ServiceEntry\nmetadata: {name: e}\nspec: {hosts: [b.org], location: MESH_INTERNAL, resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}], workloadSelector: {labels: {app: a}}}\n`
  const machine = `${HEAD}kind: WorkloadEntry\nmetadata: {name: m, labels: {app: a}}\nspec: {address: 10.0.0.1}\n`
  const { resources } = parseResources([entry, machine].join('---\n'), 'f.yaml')
  const services = SERVICES.map((service) => ({ ...service, selector: { app: service.name } }))
  expect(analyse({ resources, services })).toMatchObject([
    { severity: 'warning', finding: 'MM0012', message: expect.stringContaining('leaves out the workloads of a') },
  ])
  expect(analyse({ resources, services: SERVICES })).toEqual([])
})

test('refusals are what analysis refuses, and nothing else', () => {
  const twice = [rule('r', 'a'), rule('r', 'b'), virtualService('v', '{host: gone}')].join('---\n')
  const { resources } = parseResources(twice, 'f.yaml')
  const all = analyse({ resources, services: SERVICES })
  expect(refusals(resources)).toEqual(all.filter(({ severity }) => severity === 'error'))
  expect(refusals(resources)).toHaveLength(1)
})
