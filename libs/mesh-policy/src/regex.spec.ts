import fc from 'fast-check'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  compileRegex,
  compileSubstitution,
  loadRegexEngine,
  needsRegexEngine,
  regexProblem,
  substitutionProblem,
} from './regex.ts'

beforeAll(loadRegexEngine)

test('without the engine nothing is compiled and no pattern is called wrong', async () => {
  vi.resetModules()
  const unloaded = await import('./regex.ts')
  expect(() => unloaded.compileRegex('a')).toThrow('loadRegexEngine')
  expect(() => unloaded.compileSubstitution('a', 'b')).toThrow('loadRegexEngine')
  expect(() => unloaded.regexProblem('a')).toThrow('loadRegexEngine')
  expect(() => unloaded.substitutionProblem('a', 'b')).toThrow('loadRegexEngine')
})

test.each([
  [{ routes: [{ match: [{ uri: { kind: 'regex', value: 'a' } }] }] }, true],
  [{ routes: [{ rewrite: { uriRegex: { match: 'a', rewrite: 'b' } } }] }, true],
  [{ routes: [{ match: [{ uri: { kind: 'prefix', value: '"regex"' } }] }] }, false],
])('%j needs the engine: %s', (snapshot, needs) => {
  expect(needsRegexEngine(JSON.stringify(snapshot))).toBe(needs)
})

describe('a regular expression of an Istio resource', () => {
  test.each([
    ['/v1/orders/[^/]+', '/v1/orders/7', true],
    ['/v1/orders/[^/]+', '/v1/orders/7/events', false],
    ['a|ab', 'ab', true],
    ['', '', true],
    ['', 'a', false],
    ['a{2,3}', 'aa', true],
    ['a{2,3}', 'aaaa', false],
    ['a{2,}', 'aaaa', true],
    ['a{2}', 'aaa', false],
    ['x{,3}', 'x{,3}', true],
    ['(?i)beta', 'BeTa', true],
    ['a(?i:b)c', 'aBc', true],
    ['a(?i:b)c', 'aBC', false],
    ['(?i)[^a]', 'A', false],
    ['.', '\n', false],
    ['(?s).', '\n', true],
    ['\\d+\\.\\d+', '1.25', true],
    ['[\\d.]+', '1.25', true],
    ['[^\\d]+', 'abc', true],
    ['[a-]', '-', true],
    ['[]a]', ']', true],
    ['[[:alpha:]]+', 'abC', true],
    ['[[:^digit:]]', '7', false],
    ['\\x41\\x{42}', 'AB', true],
    ['\\Qa.b\\E+', 'a.bb', true],
    ['\\Qa.b\\E', 'a.b', true],
    ['^a$', 'a', true],
    ['\\Aa\\z', 'a', true],
    ['a\\b.*', 'a b', true],
    ['a\\b.*', 'ab', false],
    ['a\\Bb', 'ab', true],
    ['(?m)a$\n^b', 'a\nb', true],
    ['(?P<name>beta)', 'beta', true],
    ['(a*)*', 'aaa', true],
    ['.*é', 'café', true],
    ['(?<name>beta)', 'beta', true],
    ['(?i)É', 'é', true],
    ['\\p{Greek}+', 'αβγ', true],
    ['\\pL', '1', false],
    ['.', '\u{1f600}', true],
  ])('%j on %j: %s', (source, value, fits) => {
    expect(regexProblem(source)).toBeNull()
    expect(compileRegex(source).matches(value)).toBe(fits)
  })

  test.each([
    '(?=a)',
    '(?<!a)b',
    '(a)\\1',
    '\\p{Nix}',
    '(',
    ')',
    '[',
    'a**',
    '*',
    'a{2,1}',
    'a{1001}',
    '[b-a]',
    '\\q',
    '\\',
    '[[:nix:]]',
  ])('refuses what RE2 refuses: %s', (source) => {
    expect(regexProblem(source)).toMatch(/\w/)
    expect(() => compileRegex(source)).toThrow('regex "')
  })

  test('agrees with JavaScript wherever both speak the same dialect', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '(?:a|b)', '(?:ab)', '\\b', '(a|)')
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '*?'))
      .map(([what, times]) => (what === '\\b' ? what : what + times))
    const pattern = fc
      .array(fc.array(piece, { maxLength: 4 }), { minLength: 1, maxLength: 3 })
      .map((choices) => choices.map((pieces) => pieces.join('')).join('|'))
    const value = fc
      .array(fc.constantFrom('a', 'b', '1', ' ', '\n'), { maxLength: 8 })
      .map((letters) => letters.join(''))
    fc.assert(
      fc.property(pattern, fc.array(value, { minLength: 1, maxLength: 5 }), (source, values) => {
        const ours = compileRegex(source)
        const theirs = new RegExp(`^(?:${source})$`)
        for (const text of values) expect([text, ours.matches(text)]).toEqual([text, theirs.test(text)])
      }),
      { numRuns: 500 },
    )
  })

  // Backtracking takes exponential time for most of these. Twice: the second time the automaton is there already.
  test.each(['(a+)+', '(a+)+$', '(a|a)*b', '(.*)*x', '.*a.*a.*a.*b', '(a?){40}a{40}', '(?:a\\b|a)*!x'])(
    'no value takes long: %s on 60 KiB of its worst',
    (source) => {
      const regex = compileRegex(source)
      expect(regex.matches(`${'a'.repeat(60 * 1024)}!`)).toBe(false)
      expect(regex.matches(`${'a'.repeat(60 * 1024)}!`)).toBe(false)
    },
    1000,
  )

  test('beyond the states that an automaton can keep, the answer stays right', () => {
    const regex = compileRegex('(a|b)*a(a|b){11}')
    const bits = (number: number): string =>
      number.toString(2).padStart(12, '0').replaceAll('0', 'b').replaceAll('1', 'a')
    for (let number = 0; number < 4096; number++) expect(regex.matches(bits(number))).toBe(number >= 2048)
  })

  test('what multiplies beyond measure is refused when the resource is read', () => {
    expect(regexProblem('((a{100}){100}){100}')).toContain('repeat count')
  })
})

describe('a substitution', () => {
  // RE2's own tests of GlobalReplace (re2/testing/re2_test.cc) are of this kind.
  test.each([
    ['b', 'bb', 'ababab', 'abbabbabb'],
    ['a*', 'x', 'baaac', 'xbxcx'],
    ['^/service/([^/]+)(/.*)$', '\\2/instance/\\1', '/service/foo/v1/api', '/v1/api/instance/foo'],
    ['one', 'two', '/xxx/one/yyy/one/zzz', '/xxx/two/yyy/two/zzz'],
    ['^(.*?)one(.*)$', '\\1two\\2', '/xxx/one/yyy/one/zzz', '/xxx/two/yyy/one/zzz'],
    ['(?i)/aaa/', '/bbb/', '/aaa/one/AAA/two', '/bbb/one/bbb/two'],
    ['(a)|(b)', '[\\1\\2]', 'ab', '[a][b]'],
    ['/v1', '\\0\\\\', '/v1/x', '/v1\\/x'],
    ['nothing', 'x', '/v1', '/v1'],
  ])('%j to %j turns %j into %j', (pattern, substitution, value, result) => {
    expect(compileSubstitution(pattern, substitution).replaceAll(value)).toBe(result)
  })

  test('must not name what is not there', () => {
    expect(substitutionProblem('(a)', '\\1')).toBeNull()
    expect(substitutionProblem('(a)', '\\2')).toContain('1 groups')
    expect(substitutionProblem('(a)', '\\x')).toContain('digit')
    expect(substitutionProblem('(', 'x')).toContain(')')
    expect(() => compileSubstitution('(', 'x')).toThrow('regex')
  })
})
