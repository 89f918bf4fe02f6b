import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { prepareAcquirer } from './acquirer.ts'
import { homeOf } from './home.ts'
import { readSettings } from './settings.ts'

const lines = (text: string): string[] => text.split('\n').filter((line) => !line.startsWith('#'))

it('writes the resources of compose, with what is different on this machine and nothing else', () => {
  const directory = mkdtempSync(join(tmpdir(), 'meshmart-acquirer-'))
  try {
    const home = homeOf({ ...readSettings({}), MESHMART_HOME: directory })
    prepareAcquirer(home, 40_123)
    const here = lines(readFileSync(join(home.mesh, 'acquirer.yaml'), 'utf8'))
    const compose = lines(readFileSync(join(import.meta.dirname, '../docker/mesh/acquirer.yaml'), 'utf8'))
    expect(here).toHaveLength(compose.length)
    expect(here.filter((line, index) => line !== compose[index]).map((line) => line.trim())).toEqual([
      'resolution: STATIC',
      '- { number: 80, name: http, protocol: HTTP, targetPort: 40123 }',
      '- address: 127.0.0.1',
      `caCertificates: ${JSON.stringify(join(directory, 'secrets/mesh/public/acquirer.pem'))}`,
    ])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
