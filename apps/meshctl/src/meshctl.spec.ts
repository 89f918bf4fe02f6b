import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { COMMANDS } from './command-table.ts'
import { EXIT, Unreachable, type Command } from './command.ts'
import { VERSION } from './commands/version.ts'
import { run } from './testing/run.ts'

/** A command that only says what it was given. */
const echo: Command = {
  name: 'echo',
  summary: 'Says what it was given',
  positionals: 'FILE…',
  options: {
    filename: { type: 'text', short: 'f', multiple: true, value: 'FILE', describe: 'to read' },
    loud: { type: 'flag', describe: 'louder' },
    mode: { type: 'text', oneOf: ['a', 'b'], describe: 'one of two' },
    far: { type: 'flag', describe: 'asks somebody who is not there' },
  },
  examples: [['meshctl echo -f a.yaml', 'says a.yaml']],
  batch: true,
  async run(invocation) {
    if (invocation.flag('far')) throw new Unreachable('nobody is there')
    const files = await invocation.files([...invocation.texts('filename'), ...invocation.positionals])
    const result = { files, loud: invocation.flag('loud'), mode: invocation.text('mode') ?? null }
    return { exitCode: EXIT.finding, result, words: () => 'words' }
  },
}
const folder = mkdtempSync(join(tmpdir(), 'meshctl-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const echoed = (words: string[], input = '') => run(['echo', ...words], input, [echo])

test('every command has help with an example, and stands in the overview', async () => {
  const overview = await run(['--help'])
  expect(overview).toMatchObject({ exitCode: 0, error: '' })
  for (const command of COMMANDS) {
    expect(overview.out).toContain(`  ${command.name} `)
    const help = await run([command.name, '--help'])
    expect(help.exitCode).toBe(0)
    for (const [line] of command.examples) expect(help.out).toContain(`  ${line}\n`)
    expect(command.examples.length, command.name).toBeGreaterThan(0)
  }
})

test.each([[[]], [['nothing']], [['version', 'more']], [['version', '--no']], [['version', '-o', 'xml']]])(
  'a wrong command line ends with 2 and prints no result: %j',
  async (words) => {
    expect((await run(words)).exitCode).toBe(2)
  },
)

test('who cannot be reached ends with 3', async () => {
  expect(await echoed(['--far'])).toEqual({ exitCode: 3, out: '', error: 'meshctl echo: nobody is there\n' })
})

test('files, folders and standard input are read, and -o says how the outcome is printed', async () => {
  const path = file('a.yaml', '\uFEFFa: 1')
  file('not-read.txt', '-')
  expect(await echoed(['-f', path])).toEqual({ exitCode: 1, out: 'words\n', error: '' })
  const { out } = await echoed(['-o', 'json', '-f', folder, '-', '--loud', '--mode=b'], 'piped')
  expect(JSON.parse(out)).toEqual({
    files: [
      { name: path, text: 'a: 1' },
      { name: '-', text: 'piped' },
    ],
    loud: true,
    mode: 'b',
  })
  expect((await echoed(['-o', 'yaml'])).out).toBe('files: []\nloud: false\nmode: null\n')
})

test.each([
  ['is not there', () => join(folder, 'gone.yaml')],
  ['is no text', () => file('b.bin', Uint8Array.of(0xff, 0xfe, 0))],
])('a file that %s ends with 2', async (_why, path) => {
  expect(await echoed(['-f', path()])).toMatchObject({ exitCode: 2, out: '' })
})

test('a batch answers each line, also one that is wrong, under its id', async () => {
  const path = file('c.yaml', 'c')
  const lines = [
    { id: 1, files: { 'x.yaml': 'x' }, args: ['--loud'] },
    { id: 'two', files: [path], args: ['--mode', 'a'] },
    { id: 3, args: ['--unknown'] },
    { id: 4, files: ['gone.yaml'] },
    { id: 5, files: { x: 1 } },
    { id: 6, args: ['--batch', '-'] },
    { id: 7, args: ['--far'] },
    { id: 8, args: ['-'] },
  ].map((line) => JSON.stringify(line))
  const { out, exitCode } = await echoed(['--batch', '-'], [...lines, 'no JSON', '[]', ''].join('\n'))
  const answers = out
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  expect(exitCode).toBe(0)
  expect(answers.slice(0, 2)).toEqual([
    { id: 1, exitCode: 1, result: { files: [{ name: 'x.yaml', text: 'x' }], loud: true, mode: null } },
    { id: 'two', exitCode: 1, result: { files: [{ name: path, text: 'c' }], loud: false, mode: 'a' } },
  ])
  expect(answers.slice(2)).toEqual(
    [3, 4, 5, 6, 7, 8, null, null].map((id) => {
      return { id, exitCode: id === 7 ? 3 : 2, result: { error: expect.any(String) } }
    }),
  )
})

test('options on the line of a batch hold for each of its cases', async () => {
  const { out } = await echoed(['--loud', '--batch', '-'], '{"id": 1}\n')
  expect(JSON.parse(out)).toMatchObject({ result: { loud: true } })
})

test('the version is that of the package', async () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(manifest).toMatchObject({ version: VERSION })
  expect((await run(['--version'])).out).toContain(VERSION)
})

test('bash completes commands, options and their values', async () => {
  const { out } = await run(['completion', 'bash'])
  const complete = (...line: string[]) => {
    const script = `${out}\nCOMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}; _meshctl; echo "\${COMPREPLY[*]}"`
    return spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: folder }).stdout.trim()
  }
  expect(complete('meshctl', 'compl')).toBe('completion')
  expect(complete('meshctl', 'version', '--he')).toBe('--help')
  expect(complete('meshctl', 'version', '-o', 'j')).toBe('json')
})

test.each(['zsh', 'fish'])('%s is told every command', async (shell) => {
  const { out } = await run(['completion', shell])
  for (const { name } of COMMANDS) expect(out).toContain(name)
})

test.each([['analyze'], ['apply'], ['diff'], ['explain', '--request', 'GET http://reviews/']])(
  '%s of a folder without YAML ends with 2 and says so',
  async (...words) => {
    const bare = mkdtempSync(join(tmpdir(), 'meshctl-bare-'))
    try {
      writeFileSync(join(bare, 'notes.txt'), 'nothing to read')
      const { exitCode, error, out } = await run([...words, '-f', bare])
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
      expect(error).toContain('holds no .yaml, .yml or .json file')
    } finally {
      rmSync(bare, { recursive: true })
    }
  },
)
