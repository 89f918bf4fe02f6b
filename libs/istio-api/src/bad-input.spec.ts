/** Whatever stands in a file, reading it ends with problems that have a place, in bounded time, and the documents beside it are read. */
import { describe, expect, test } from 'vitest'
import { parseResources } from './parse.ts'

const RULE = 'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: fine}\nspec: {host: a}\n'
const read = (text: string) => parseResources(text, 'f.yaml')
const brief = (text: string) => read(text).problems.map(({ code, line, column }) => `${code} ${line}:${column}`)
const names = (text: string) => read(text).resources.map(({ name }) => name)
const labelled = (labels: string) => RULE.replace('{name: fine}', `{name: fine, labels: ${labels}}`)

describe('what is no YAML, or no JSON, is an error of its document at its place', () => {
  test.each([
    ['a duplicate key', 'a: 1\nb: 2\na: 3\n', 'syntax 3:1', 'the key "a" twice'],
    ['a duplicate key of another type', '1: a\n"1": b\n', 'syntax 2:1', 'twice'],
    ['a key that is a list', '? [a]\n: b\n', 'syntax 1:3', 'key that is no text'],
    ['a key that is null', 'null: a\n', 'syntax 1:1', 'null'],
    ['tabs', 'a:\n\tb: 1\n', 'syntax 2:1', 'Tabs'],
    ['a number that JSON does not know', 'a: {b: .nan}\n', 'syntax 1:8', '.nan'],
    ['bytes', 'a: !!binary aGk=\n', 'syntax 1:13', 'tag'],
    ['an unknown tag', 'a: !mine b\n', 'syntax 1:4', 'tag'],
    ['an alias to nothing', 'a: *b\n', 'syntax 1:4', 'alias'],
    ['an alias within its own anchor', 'a: &a [*a]\n', 'syntax 1:8', 'alias'],
    ['a binary file', '\u0000\u0001\u0002', 'syntax 1:1', 'U+0000'],
    ['another encoding', 'a: b\nc: \ufffd\n', 'syntax 2:4', 'U+FFFD'],
    ['two JSON objects without a line between', '{"a": 1}{"b": 2}', 'syntax 1:9', ''],
  ])('%s', (_, text, place, message) => {
    const [problem] = read(text).problems
    expect(`${problem?.code} ${problem?.line}:${problem?.column}`).toBe(place)
    expect(problem?.message).toContain(message)
    // Nothing else in the file is lost: the document behind it is read, the places behind it are right.
    expect(names(`${text}\n---\n${RULE}`)).toEqual(text.includes('\u0000') || text.includes('\ufffd') ? [] : ['fine'])
  })

  test('a quotation mark that is never closed spoils one document', () => {
    const text = `${RULE}---\na: "b\n---\n${RULE.replace('fine', 'third').replace('host: a', 'hosts: a')}`
    expect(names(text)).toEqual(['fine'])
    expect(brief(text)).toContain('invalid 11:8')
  })
})

describe('what would cost too much is refused before it does', () => {
  test('aliases that stand for more than they should', () => {
    const bomb = ['a: &a [x]', ...['b', 'c', 'd'].map((key, i) => `${key}: &${key} [${`*${'abc'[i]}, `.repeat(20)}]`)]
    expect(read(bomb.join('\n')).problems).toMatchObject([
      { code: 'syntax', message: expect.stringContaining('alias') },
    ])
  })

  test.each([
    ['brackets', '['.repeat(50_000)],
    ['brackets that are closed', `a: ${'['.repeat(200)}${']'.repeat(200)}`],
    ['dashes', `${'- '.repeat(50_000)}a`],
  ])('nested deeply: %s', (_, text) => {
    const { problems } = read(text)
    expect(problems.some(({ message }) => message.includes('nested'))).toBe(true)
    expect(problems.length).toBeLessThanOrEqual(5)
  })

  test('a document of 10 MB, and the one behind it is read', () => {
    const text = `a: ${'x'.repeat(10_000_000)}\n---\n${RULE}`
    expect(brief(text)).toEqual(['syntax 1:1'])
    expect(names(text)).toEqual(['fine'])
  })

  // Each against each takes minutes.
  test('a map of many keys is looked through once, not key by key', { timeout: 30_000 }, () => {
    const keys = Array.from({ length: 30_000 }, (_, index) => `k${index}: 1`)
    expect(brief([...keys, 'k7: 2'].join('\n'))).toEqual(['syntax 30001:1'])
  })

  test('of a thousand mistakes a hundred are listed', () => {
    const { problems, resources } = read(RULE.replace('host: a', `host: a, subsets: [${'{name: a_b},'.repeat(1000)}]`))
    expect(problems).toHaveLength(101)
    expect(problems.at(-1)?.message).toContain('the rest is not listed')
    expect(resources).toEqual([])
  })
})

describe('edges of documents', () => {
  test.each([
    ['nothing', '', []],
    ['comments', '# a\n\n# b\n', []],
    ['empty documents', '---\n---\n# a\n---\nnull\n---\n~\n', []],
    ['a byte order mark', `\ufeff${RULE}`, ['fine']],
    ['CRLF', RULE.replaceAll('\n', '\r\n'), ['fine']],
    ['CRLF between documents', `${RULE}---\n${RULE.replace('fine', 'b')}`.replaceAll('\n', '\r\n'), ['fine', 'b']],
    ['a comment behind the line', `--- # one\n${RULE}`, ['fine']],
    [
      'content on the line',
      '--- {apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: a}, spec: {host: a}}',
      ['a'],
    ],
    ['a directive', `# a\n%YAML 1.2\n---\n${RULE}`, ['fine']],
    ['the end of a document', `${RULE}...\n# a\n---\n${RULE.replace('fine', 'b')}`, ['fine', 'b']],
    ['no line break at the end', RULE.trimEnd(), ['fine']],
    ['dashes within a text', RULE.replace('{name: fine}', '{name: fine, annotations: {a: "--- b"}}'), ['fine']],
  ])('%s', (_, text, found) => {
    expect(brief(text)).toEqual([])
    expect(names(text)).toEqual(found)
  })

  test.each([
    ['a word', 'hello\n', 'invalid 1:1'],
    ['a number', '---\n5\n', 'invalid 2:1'],
    ['a list', '- a\n', 'invalid 1:1'],
    ['no kind', 'a: b\n', 'invalid 1:1'],
    ['another apiVersion', RULE.replace('/v1', '/v2'), 'invalid 1:1'],
    ['no apiVersion', RULE.replace(/^.*\n/, ''), 'invalid 1:1'],
    ['an unknown kind', RULE.replace('DestinationRule', 'Destination'), 'invalid 2:1'],
    ['a misspelt field of metadata', labelled('{}').replace('labels', 'lables'), 'invalid 3:24'],
    ['no name', RULE.replace('{name: fine}', '{}'), 'invalid 3:1'],
    ['a generated name', RULE.replace('name', 'generateName'), 'invalid 3:1'],
  ])('%s', (_, text, place) => {
    expect(brief(text)).toContain(place)
    expect(names(text)).toEqual([])
  })
})

describe('words as Kubernetes reads them', () => {
  test.each(['yes', 'on', 'Off', 'n', 'true', '8080', '010', '1_000', '1.5'])('%s is no text', (word) => {
    expect(read(labelled(`{a: ${word}}`)).problems).toMatchObject([
      { path: 'metadata.labels.a', line: 3, message: expect.stringContaining('write it in quotes') },
    ])
  })

  test.each(['2001-01-01', '"yes"', '1.5.0', '1e', 'nobody', '12:30', '0x'])('%s is text', (word) => {
    const { problems } = read(RULE.replace('{name: fine}', `{name: fine, annotations: {a: ${word}}}`))
    expect(problems).toEqual([])
  })

  test('numbers of the old kinds are numbers, and yes is true where a boolean is wanted', () => {
    const entry = (port: string) =>
      `apiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: {name: a}\nspec: {address: 10.0.0.1, ports: {http: ${port}}}\n`
    const ports = ['0x50', '0o120', '0120', '8_0', '80'].map((port) => read(entry(port)).resources[0]?.spec)
    for (const spec of ports) expect(spec).toMatchObject({ ports: { http: 80 } })
    const tls = RULE.replace('host: a', 'host: a, trafficPolicy: {tls: {mode: SIMPLE, insecureSkipVerify: yes}}')
    expect(brief(tls)).toEqual([])
  })

  test('keys that are numbers are names, and what is merged in counts', () => {
    const text = `x: &x {mode: STRICT}\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a}
spec: {selector: {matchLabels: {a: b}}, mtls: &m {mode: STRICT}, portLevelMtls: {8080: {<<: *m}}}\n`
    expect(read(text).resources).toMatchObject([{ spec: { portLevelMtls: { 8080: { mode: 'STRICT' } } } }])
  })
})

describe('lists of Kubernetes', () => {
  const item = (name: string, spec: string) =>
    `- apiVersion: networking.istio.io/v1\n  kind: DestinationRule\n  metadata: {name: ${name}}\n  spec: ${spec}\n`

  test('each entry is a resource with its place in the file', () => {
    const text = `apiVersion: v1\nkind: List\nmetadata: {resourceVersion: ""}\nitems:\n${item('a', '{host: a}')}${item('b', '{host: "a_b"}')}`
    expect(names(text)).toEqual(['a'])
    expect(read(text).problems).toMatchObject([
      { resource: 'DestinationRule default/b', path: 'spec.host', line: 12, column: 10 },
    ])
  })

  test('a list of one kind, whose entries do not repeat it', () => {
    const text = JSON.stringify({
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRuleList',
      items: [{ metadata: { name: 'a' }, spec: { host: 'a' } }],
    })
    expect(names(text)).toEqual(['a'])
  })

  test.each(['items: {}', 'items: a'])('%s is an error', (items) => {
    expect(brief(`apiVersion: v1\nkind: List\n${items}\n`)).toEqual(['syntax 3:1'])
  })
})
