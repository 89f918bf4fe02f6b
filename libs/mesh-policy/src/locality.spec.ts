import { expect, test } from 'vitest'
import { localityDistance, localityMatches, parseLocality } from './locality.ts'

test.each([
  ['us/east/rack1', 'us/east/rack1', true],
  ['us/east/rack1', 'us/east/*', true],
  ['us/east/rack1', 'us/*', true],
  ['us/east/rack1', 'us', true],
  ['us/east/rack1', '*', true],
  ['us/east/rack1', 'us/west/*', false],
  ['us/east/rack1', 'us/east/rack2', false],
  ['us/east/rack1', 'eu', false],
  ['us', 'us/east', false],
  ['', 'us', false],
  ['', '*', true],
])('%s fits %s: %s', (locality, rule, fits) => {
  expect(localityMatches(parseLocality(locality), rule)).toBe(fits)
})

test.each([
  ['us/east/rack1', 'us/east/rack1', 0],
  ['us/east/rack1', 'us/east/rack2', 1],
  ['us/east/rack1', 'us/west/rack1', 2],
  ['us/east/rack1', 'eu/east/rack1', 3],
  ['', '', 0],
])('from %s to %s is %d', (here, there, distance) => {
  expect(localityDistance(parseLocality(here), parseLocality(there))).toBe(distance)
})
