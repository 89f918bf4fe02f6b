import { describe, expect, it } from 'vitest'
import { isForeignOrigin } from './origin.ts'

describe('where a writing request comes from', () => {
  it.each([
    ['the shop itself', { origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080' }],
    ['the shop behind TLS', { origin: 'https://shop.example', host: 'Shop.example:443' }],
    ['a program', { host: '127.0.0.1:8080' }],
    ['a browser that sends no origin', { host: 'shop.example', 'sec-fetch-site': 'same-origin' }],
  ])('lets %s in', (_who, headers) => expect(isForeignOrigin(headers)).toBe(false))

  it.each([
    ['another site', { origin: 'https://evil.example', host: 'shop.example' }],
    ['another port of the same host', { origin: 'http://127.0.0.1:9090', host: '127.0.0.1:8080' }],
    ['a sandboxed page', { origin: 'null', host: 'shop.example' }],
    ['a form of another site', { host: 'shop.example', 'sec-fetch-site': 'cross-site' }],
    ['a sister site', { host: 'shop.example', 'sec-fetch-site': 'same-site' }],
  ])('keeps %s out', (_who, headers) => expect(isForeignOrigin(headers)).toBe(true))
})
