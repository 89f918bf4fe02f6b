import { expect, test } from 'vitest'
import { Crashes, TOO_MANY_CRASHES, type End } from './crashes.ts'

const crash: End = { code: 1, signal: null, livedMs: 300 }
const after = (ends: readonly End[]): string | undefined => {
  const crashes = new Crashes()
  return ends.map((end) => crashes.remember(end)).at(-1)
}
const times = (count: number, end: End): End[] => Array.from({ length: count }, () => end)

test('a process that crashes again and again is not started for ever', () => {
  expect(after(times(TOO_MANY_CRASHES - 1, crash))).toBeUndefined()
  expect(after(times(TOO_MANY_CRASHES, crash))).toMatch(/5 times in a row/)
  expect(after(times(TOO_MANY_CRASHES, { code: null, signal: 'SIGSEGV', livedMs: 300 }))).toBeDefined()
})

test('a wrong setting is final at once', () => {
  expect(after([{ ...crash, code: 78 }])).toBe('a setting is wrong')
})

test('kill -9 never counts, however often and however soon', () => {
  expect(after(times(100, { code: null, signal: 'SIGKILL', livedMs: 10 }))).toBeUndefined()
})

test('who lived for a while begins anew', () => {
  expect(
    after([...times(TOO_MANY_CRASHES - 1, crash), { ...crash, livedMs: 60_000 }, ...times(3, crash)]),
  ).toBeUndefined()
  expect(after(times(100, { ...crash, livedMs: 60_000 }))).toBeUndefined()
})
