import { expect, test } from 'vitest'
import { hostMatches, hostOfAuthority, matchVirtualHost, prepareVirtualHosts } from './virtual-host.ts'
import type { VirtualHost } from './snapshot.ts'

const READER = { namespace: 'istio-system', labels: {}, locality: '' }

const virtualHost = (port: number, ...hosts: string[]): VirtualHost => ({
  hosts,
  port,
  routes: [
    {
      name: hosts.join(),
      source: 'test',
      match: [],
      destinations: [],
      timeoutMs: 0,
      retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] },
    },
  ],
})

test('the most specific host speaks, whatever their order', () => {
  const table = prepareVirtualHosts(
    [
      virtualHost(80, '*'),
      virtualHost(80, '*.example.com'),
      virtualHost(80, '*.eu.example.com'),
      virtualHost(80, 'a.example.com'),
    ],
    80,
    READER,
  )
  const speaker = (authority: string) => matchVirtualHost(table, authority)?.rules[0]?.prepared.route.name
  expect(speaker('A.example.com:8080')).toBe('a.example.com')
  expect(speaker('b.example.com')).toBe('*.example.com')
  expect(speaker('b.eu.example.com')).toBe('*.eu.example.com')
  expect(speaker('example.com')).toBe('*')
})

test('another port has its own hosts', () => {
  expect(matchVirtualHost(prepareVirtualHosts([virtualHost(81, '*')], 80, READER), 'a')).toBeNull()
})

test.each([
  ['Example.COM:80', 'example.com'],
  ['[::1]:80', '[::1]'],
  ['[::1]', '[::1]'],
  ['host', 'host'],
])('host of %s is %s', (authority, host) => {
  expect(hostOfAuthority(authority)).toBe(host)
})

test('a wildcard does not fit its own parent', () => {
  expect(hostMatches('*.example.com', '.example.com')).toBe(false)
  expect(hostMatches('*.example.com', 'example.com')).toBe(false)
})
