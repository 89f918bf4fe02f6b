import { expect, test } from 'vitest'
import { placesOf, problemsOf } from '../testing/problems.ts'

const HTTP = 'ports: [{number: 80, name: http, protocol: HTTP}]'
const STATIC = `resolution: STATIC, ${HTTP}`

test.each([
  [`{hosts: ["*"], ${HTTP}}`, 'hosts[0]'],
  ['{hosts: [a.b], ports: [{number: 80, name: a}, {number: 80, name: b}]}', 'ports[1].number'],
  ['{hosts: [a.b], ports: [{number: 80, name: a, protocol: SCTP}]}', 'ports[0].protocol'],
  ['{hosts: [a.b], ports: [{number: 53, name: dns, protocol: UDP}]}', 'ports[0].protocol'],
  ['{hosts: [a.b, c.d], resolution: DNS, ports: [{number: 1, name: tcp, protocol: TCP}]}', 'ports[0].protocol'],
  [`{hosts: [a.b], ${STATIC}, endpoints: [{address: a.b}]}`, 'endpoints[0].address'],
  [`{hosts: [a.b], ${STATIC}, endpoints: [{address: "unix:///a"}]}`, 'endpoints[0].address'],
  [`{hosts: [a.b], ${STATIC}, endpoints: [{address: 10.0.0.1, ports: {tcp: 1}}]}`, 'endpoints[0].ports.tcp'],
  [
    `{hosts: [a.b], ${STATIC}, endpoints: [{address: 10.0.0.1}], workloadSelector: {labels: {a: b}}}`,
    'workloadSelector',
  ],
  [`{hosts: ["*.a.b"], resolution: DNS, ${HTTP}}`, 'hosts[0]'],
  [`{hosts: [a.b], resolution: NONE, ${HTTP}, endpoints: [{address: 10.0.0.1}]}`, 'endpoints'],
  [`{hosts: ["*.a.b"], resolution: DYNAMIC_DNS, ${HTTP}}`, 'resolution'],
])('%s', (spec, path) => {
  expect(placesOf(problemsOf('ServiceEntry', spec))).toContain(`error spec.${path}`)
})

test.each([
  ['{hosts: [a.b]}', 'ports'],
  [`{hosts: [a.b], ${STATIC}}`, 'resolution'],
])('%s is applied, and nobody answers', (spec, path) => {
  expect(placesOf(problemsOf('ServiceEntry', spec))).toEqual([`warning spec.${path}`])
})

test.each([
  ['{address: ""}', 'error spec.address'],
  ['{address: 10.0.0.1, ports: {http: 0}}', 'error spec.ports.http'],
  ['{address: 10.0.0.1, labels: {security.istio.io/tlsMode: istio}}', 'error spec.labels."security.istio.io/tlsMode"'],
  ['{address: 10.0.0.1, network: west}', 'warning spec.network'],
])('WorkloadEntry %s', (spec, place) => {
  expect(placesOf(problemsOf('WorkloadEntry', spec))).toEqual([place])
})
