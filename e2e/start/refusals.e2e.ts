/** `npm start` and each process refuse what cannot work, say why, and say what to do. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { clone } from '../testing/shop-under-test.ts'

const shop = inject('shop')

function run(
  program: string,
  environment: Record<string, string>,
  ...args: string[]
): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(clone, program), ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    encoding: 'utf8',
    timeout: 30_000,
  })
  return { code: status, output: stdout + stderr }
}

function inScratch(check: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'meshmart-refusal-'))
  try {
    check(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('npm start', () => {
  test('a taken port', () =>
    inScratch((home) => {
      const { code, output } = run('infra/local/start.ts', { MESHMART_HOME: home, PUBLIC_PORT: new URL(shop.url).port })
      expect(code).toBe(1)
      expect(output).toMatch(/Port \d+ on 127\.0\.0\.1 is taken[^]*Remedy: .*PUBLIC_PORT=/)
    }))

  test('a home that another start uses', () => {
    const { code, output } = run('infra/local/start.ts', { MESHMART_HOME: shop.home, PUBLIC_PORT: '1' })
    expect(code).toBe(1)
    expect(output).toMatch(/Meshmart runs already \(pid \d+\)[^]*Remedy:/)
  })

  test('a wrong setting', () => {
    const { code, output } = run('infra/local/start.ts', { PUBLIC_PORT: 'eighty' })
    expect(code).toBe(1)
    expect(output).toContain('PUBLIC_PORT')
  })

  test('a placement that does not exist', () => {
    const { code, output } = run('infra/local/start.ts', {}, '--placement', 'ambient')
    expect(code).toBe(1)
    expect(output).toMatch(/--placement ambient[^]*Remedy: --placement embedded or process/)
  })

  // A disk of its own needs root; CI runs as root.
  test.runIf(process.getuid?.() === 0)('a full disk', () =>
    inScratch((home) => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', home])
      try {
        const { code, output } = run('infra/local/start.ts', { MESHMART_HOME: home, PUBLIC_PORT: '18099' })
        expect(code).toBe(1)
        expect(output).toMatch(/The disk of .* has only \d+ MB left[^]*Remedy:/)
      } finally {
        execFileSync('umount', [home])
      }
    }),
  )

  test('npm run reset while it runs', () => {
    const { code, output } = run('infra/local/reset.ts', { MESHMART_HOME: shop.home })
    expect(code).toBe(1)
    expect(output).toContain('Remedy')
  })
})

describe('each process', () => {
  test.each(['orders', 'payments', 'inventory', 'gateway', 'my-service', 'sidecar', 'control-plane'])(
    '%s names the setting that is wrong',
    (app) => {
      const { code, output } = run(`apps/${app}/dist/main.js`, { MESH_NATS_URL: 'not a url' })
      expect(code).toBe(78)
      expect(output).toMatch(/settings: MESH_NATS_URL: /)
    },
  )

  test('acquirer names every setting that is wrong', () => {
    const { code, output } = run('apps/acquirer/dist/main.js', {
      ACQUIRER_ADDRESS: '0.0.0.0',
      ACQUIRER_API_KEY: 'short',
    })
    expect(code).toBe(78)
    expect(output).toMatch(/settings: ACQUIRER_API_KEY: must have at least 32/)
    expect(output).toMatch(/settings: DATABASE_URL: is missing/)
  })

  test('an application whose sidecar is a process names the port that is missing', () => {
    const needed = { MESH_WORKLOAD: 'my-service', MESH_INSTANCE: 'my-service-1', MESH_PLACEMENT: 'process' }
    const files = { MESH_ROOT_CERT_FILE: '/none', MESH_JOIN_TOKEN_FILE: '/none' }
    const { code, output } = run('apps/my-service/dist/main.js', { ...needed, ...files })
    expect(code).toBe(78)
    expect(output).toContain('settings: MESH_APP_PORT: is missing')
  })
})
