import { expect, test } from 'vitest'
import { HostIndex } from './host-index.ts'

function indexOf(...patterns: string[]): HostIndex<string> {
  const index = new HostIndex<string>()
  for (const pattern of patterns) index.add(pattern, pattern)
  return index
}

test('the exact host, then the longest wildcard, then the star, whatever their order', () => {
  const index = indexOf('*', '*.example.com', '*.eu.example.com', 'a.example.com')
  expect(index.match('a.example.com')).toEqual(['a.example.com'])
  expect(index.match('b.example.com')).toEqual(['*.example.com'])
  expect(index.match('b.eu.example.com')).toEqual(['*.eu.example.com'])
  expect(index.match('example.com')).toEqual(['*'])
  expect(index.all('b.eu.example.com')).toEqual(['*.eu.example.com', '*.example.com', '*'])
  expect(indexOf('*.example.com').match('example.com')).toEqual([])
})

test('a wildcard is below itself and below wider ones, and no exact host is', () => {
  const index = indexOf('*.example.com', '*.com', 'a.example.com')
  expect(index.match('*.example.com')).toEqual(['*.example.com'])
  expect(index.match('*.eu.example.com')).toEqual(['*.example.com'])
  expect(index.all('*.example.com')).toEqual(['*.example.com', '*.com'])
})

test('several values of one pattern stand in the order in which they came', () => {
  const index = new HostIndex<number>()
  for (const value of [3, 1, 2]) index.add('a', value)
  expect(index.match('a')).toEqual([3, 1, 2])
  expect(index.at('*')).toEqual([])
})
