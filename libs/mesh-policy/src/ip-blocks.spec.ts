import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { expect, test } from 'vitest'
import { ipBlockProblem, parseIpv4, prepareIpBlocks } from './ip-blocks.ts'

test.each([
  [['10.1.0.0/16'], '10.1.255.255', true],
  [['10.1.0.0/16'], '10.2.0.0', false],
  [['10.1.2.3'], '10.1.2.3', true],
  [['10.1.2.3/8'], '10.200.0.1', true],
  [['0.0.0.0/0'], '255.255.255.255', true],
  [['10.1.0.0/16'], '::ffff:10.1.0.1', true],
  [['10.1.0.0/16'], '::ffff:a01:1', true],
  [['10.1.0.0/16'], '0:0:0:0:0:FFFF:10.1.0.1', true],
  [['::/0'], '::ffff:10.1.0.1', false],
  [['2001:db8::/32'], '2001:db8:1::1', true],
  [['2001:db8::/32'], '2001:db9::1', false],
  [['2001:db8::/32'], '10.1.0.1', false],
  [['10.0.0.0/8', '::1'], '::1', true],
  [['0.0.0.0/0'], '::1', false],
  [['0.0.0.0/0'], '', false],
  [['0.0.0.0/0'], 'localhost', false],
])('%j contains %s: %s', (blocks, address, contained) => {
  expect(prepareIpBlocks(blocks).contains(address)).toBe(contained)
})

test.each([
  '',
  '10.0.0',
  '10.0.0.256',
  '010.0.0.1',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/',
  '::1/129',
  'fe80::1%eth0',
  'a',
])('%j is no block', (text) => {
  expect(ipBlockProblem(text)).toContain('CIDR')
  expect(() => prepareIpBlocks([text])).toThrow(JSON.stringify(text))
})

test('IPv4 agrees with ipaddr.js for any address and any block', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, network, bits) => {
      const theirs = ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parse(network), bits)
      expect(prepareIpBlocks([`${network}/${bits}`]).contains(address)).toBe(theirs)
      expect(parseIpv4(address)).not.toBe(-1)
    }),
  )
})
