import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { prepareAcquirer } from './acquirer.ts'
import { writeResources } from './compose-resources.ts'
import { homeOf, type Home } from './home.ts'
import { prepareMailbox } from './mailbox.ts'
import { readSettings } from './settings.ts'

let directory: string
let home: Home
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'meshmart-outside-'))
  home = homeOf({ ...readSettings({}), MESHMART_HOME: directory })
})
afterEach(() => rmSync(directory, { recursive: true }))

const lines = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
const inCompose = (name: string): string[] => lines(join(import.meta.dirname, `../docker/mesh/${name}.yaml`))
const different = (here: string[], there: string[]): string[] =>
  here.filter((line, index) => line !== there[index]).map((line) => line.trim())

it('writes for the acquirer what compose has, with what is different on this machine and nothing else', () => {
  prepareAcquirer(home, 40_123)
  const here = lines(join(home.mesh, 'acquirer.yaml'))
  expect(here).toHaveLength(inCompose('acquirer').length)
  expect(different(here, inCompose('acquirer'))).toEqual([
    'resolution: STATIC',
    '- { number: 80, name: http, protocol: HTTP, targetPort: 40123 }',
    '- address: 127.0.0.1',
    `caCertificates: ${JSON.stringify(join(directory, 'secrets/mesh/public/acquirer.pem'))}`,
  ])
})

it('writes for the mailbox the ServiceEntry alone: on loopback it speaks plain HTTP', () => {
  prepareMailbox(home, 40_124)
  const here = lines(join(home.mesh, 'mailbox.yaml'))
  const there = inCompose('mailbox')
  expect(here).toHaveLength(there.indexOf('---') + 1)
  expect(different(here.slice(0, -1), there)).toEqual([
    'resolution: STATIC',
    '- { number: 80, name: http, protocol: HTTP, targetPort: 40124 }',
    '- address: 127.0.0.1',
  ])
})

it('refuses to leave an address of compose where it has changed', () => {
  expect(() => writeResources(home, 'mailbox', [['address: post-office\n', 'address: 127.0.0.1\n']])).toThrow(
    /docker\/mesh\/mailbox\.yaml: "address: post-office\\n" must stand in it once/,
  )
})
