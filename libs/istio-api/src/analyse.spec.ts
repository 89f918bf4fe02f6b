import { expect, test } from 'vitest'
import { analyse } from './analyse.ts'
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
  [virtualService('v', '{host: a}', 'gateways: [gone]'), 'spec.gateways[0]'],
])('what is named and not there is a warning: %s', (text, path) => {
  expect(found(text)).toEqual([['warning', 'VirtualService default/v', path]])
})

test('a second resource for the same host has no effect', () => {
  expect(found(virtualService('v', '{host: a}'), virtualService('w', '{host: a}'))).toEqual([
    ['warning', 'VirtualService default/w', 'spec.hosts[0]'],
  ])
  expect(found(rule('r', 'a'), rule('s', 'a'), rule('t', 'b'))).toEqual([
    ['warning', 'DestinationRule default/s', 'spec.host'],
    ['warning', 'DestinationRule default/t', 'spec.host'],
  ])
})

test('the same name twice is an error', () => {
  expect(found(rule('r', 'a'), rule('r', 'a'))).toEqual([['error', 'DestinationRule default/r', 'metadata.name']])
})
