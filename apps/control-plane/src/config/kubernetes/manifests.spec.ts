import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, test } from 'vitest'
import { manifestFiles, MANIFESTS } from './manifest-files.ts'
import { access } from './manifests.ts'
import { apiVersionOf, ISTIO_TYPES, pathOf, SERVICES } from './watched-types.ts'

test.each(manifestFiles())('%s is what `npm run manifests:kubernetes` makes', (name, text) => {
  expect(readFileSync(join(import.meta.dirname, '../../../../..', MANIFESTS, name), 'utf8')).toBe(text)
})

it('watches what takes effect here, under the plurals of Istio', () => {
  expect(ISTIO_TYPES.map((type) => `${apiVersionOf(type)} ${type.plural}`)).toEqual([
    'networking.istio.io/v1 gateways',
    'networking.istio.io/v1 virtualservices',
    'networking.istio.io/v1 destinationrules',
    'networking.istio.io/v1 serviceentries',
    'networking.istio.io/v1 workloadentries',
    'networking.istio.io/v1 sidecars',
    'security.istio.io/v1 peerauthentications',
    'security.istio.io/v1 authorizationpolicies',
    'security.istio.io/v1 requestauthentications',
    'telemetry.istio.io/v1 telemetries',
  ])
  expect(pathOf(SERVICES)).toBe('/api/v1/services')
  expect(pathOf(ISTIO_TYPES[0]!, 'shop')).toBe('/apis/networking.istio.io/v1/namespaces/shop/gateways')
})

it('asks for no right beyond list and watch, but to patch statuses', () => {
  const rules = access().flatMap((each) => (each as { rules?: { resources: string[]; verbs: string[] }[] }).rules ?? [])
  for (const { resources, verbs } of rules) {
    const isStatus = resources.every((each) => each.endsWith('/status'))
    expect(verbs).toEqual(isStatus ? ['patch'] : ['list', 'watch'])
  }
  expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets')
})
