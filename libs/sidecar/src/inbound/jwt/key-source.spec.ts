import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { eventually } from '../../testing/eventually.ts'
import { RecordedLog } from '../../testing/recorded-log.ts'
import { ISSUER, makeIssuer } from '../testing/issuer.ts'
import { FetchedKeys, type KeyPace } from './key-source.ts'
import { KeySources } from './key-sources.ts'

const SLOW: KeyPace = { refreshMs: 60_000, retryMs: 60_000, leastMs: 60_000 }

interface Origin {
  fetches: number
  answer: () => Promise<string>
}
function origin(text: string): Origin & { fetch: (url: string, timeoutMs: number) => Promise<string> } {
  const made = {
    fetches: 0,
    answer: () => Promise.resolve(text),
    fetch: (): Promise<string> => {
      made.fetches++
      return made.answer()
    },
  }
  return made
}

it('is fetched once for everybody who waits, and then known', async () => {
  const { jwks } = await makeIssuer()
  const from = origin(jwks)
  from.answer = () => pause(20, jwks)
  const keys = new FetchedKeys('http://keys/', 5000, from.fetch, new RecordedLog(), SLOW)
  expect(keys.current).toBeNull()
  const all = await Promise.all([keys.keys(), keys.keys(), keys.keys()])
  expect(new Set(all).size).toBe(1)
  expect(keys.current).toBe(all[0])
  await keys.keys()
  expect(from.fetches).toBe(1)
  keys.close()
})

it('is renewed in the background; the same text is the same set, another one is not', async () => {
  const [one, two] = [await makeIssuer('a'), await makeIssuer('b')]
  const from = origin(one.jwks)
  const keys = new FetchedKeys('http://keys/', 5000, from.fetch, new RecordedLog(), { ...SLOW, refreshMs: 20 })
  const first = await keys.keys()
  await eventually(() => expect(from.fetches).toBeGreaterThan(2))
  expect(keys.current).toBe(first)
  from.answer = () => Promise.resolve(two.jwks)
  await eventually(() => expect(keys.current?.text).toBe(two.jwks))
  keys.close()
  const { fetches } = from
  await pause(60)
  expect(from.fetches).toBeLessThanOrEqual(fetches + 1)
})

it('stays where a renewal fails, whether by no answer or by nonsense, and says so', async () => {
  const { jwks } = await makeIssuer()
  const from = origin(jwks)
  const log = new RecordedLog()
  const keys = new FetchedKeys('http://keys/', 5000, from.fetch, log, { ...SLOW, refreshMs: 10, retryMs: 10 })
  const first = await keys.keys()
  from.answer = () => Promise.reject(new Error('503 from keys'))
  await eventually(() => expect(log.text).toContain('503 from keys'))
  from.answer = () => Promise.resolve('<html>')
  await eventually(() => expect(log.text).toContain('Jwks is an invalid JSON'))
  expect(keys.current).toBe(first)
  keys.close()
})

it('is not asked again at once where it failed, but before long; nor for invented key ids', async () => {
  const { jwks } = await makeIssuer()
  const from = origin(jwks)
  from.answer = () => Promise.reject(new Error('down'))
  const pace = { ...SLOW, leastMs: 50 }
  const keys = new FetchedKeys('http://keys/', 5000, from.fetch, new RecordedLog(), pace)
  keys.begin()
  expect(await keys.keys()).toBeNull()
  expect(await keys.keys()).toBeNull()
  expect(from.fetches).toBe(1)
  from.answer = () => Promise.resolve(jwks)
  // Nobody asks, and there they are.
  await eventually(() => expect(keys.current).not.toBeNull())
  const found = await keys.keys()
  if (found === null) throw new Error('no keys')
  expect(from.fetches).toBe(2)
  await keys.newerThan(found)
  expect(from.fetches).toBe(2)
  await pause(60)
  expect(await keys.newerThan(found)).toBe(found)
  expect(from.fetches).toBe(3)
  keys.close()
})

it('goes on under a new policy that names the same URL; what is no longer named is closed', async () => {
  const { jwks } = await makeIssuer()
  const from = origin(jwks)
  const sources = new KeySources(from.fetch, new RecordedLog(), SLOW)
  const rule = { issuer: ISSUER, jwksUri: 'http://keys/' }
  const first = sources.prepare([rule])
  expect(from.fetches).toBe(0)
  first.commit()
  expect(from.fetches).toBe(1)
  await first.sources[0]?.keys()
  const second = sources.prepare([{ issuer: 'x', jwks }, rule])
  expect(second.sources[1]).toBe(first.sources[0])
  second.commit()
  expect(from.fetches).toBe(1)
  sources.prepare([]).commit()
  const again = sources.prepare([rule])
  expect(again.sources[0]).not.toBe(first.sources[0])
  sources.close()
})

it('names the rule whose keys are nonsense', () => {
  const sources = new KeySources(origin('').fetch, new RecordedLog(), SLOW)
  expect(() => sources.prepare([{ issuer: ISSUER, jwks: '{' }])).toThrow(
    `jwtRules of ${ISSUER}: jwks: Jwks is an invalid JSON`,
  )
  expect(() => sources.prepare([{ issuer: ISSUER }])).toThrow(`jwtRules of ${ISSUER}: neither jwks nor jwksUri`)
})
