/** `close()` of a sidecar that nobody is waiting for: soon over, whoever else is gone already, and nothing is left that would keep its process alive. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as z from 'zod'
import { eventually } from './testing/eventually.ts'
import { TestMesh } from './testing/mesh.ts'
import { inboundOf } from './testing/snapshots.ts'

let mesh: TestMesh

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  await mesh.define('lone', 'meshmart')
  await mesh.define('peer', 'meshmart')
  await mesh.run('peer', 'peer-1')
  await mesh.put('inbound.meshmart.lone', inboundOf('meshmart', 'lone'))
})
afterAll(async () => {
  await mesh.stop()
})

const STARTS_WITHIN_MS = 30_000
const Life = z.object({ status: z.number(), text: z.string(), closeMs: z.number(), closedAt: z.number() })

interface LoneProcess {
  /** Lets it close. Rejects where it does not end by itself within 10 s, or complains. @returns what it said, and how long it lived after `close()` */
  end(): Promise<z.infer<typeof Life> & { lingeredMs: number }>
}

async function startLone(instance: string): Promise<LoneProcess> {
  // Labels are text where they come from.
  const settings = { ...mesh.settings('lone', instance), MESH_LABELS: '' }
  const child = spawn(
    process.execPath,
    ['--conditions=@meshmart/source', join(import.meta.dirname, 'testing/lone-process.ts')],
    {
      env: { ...process.env, LONE_CALL: 'peer', LONE_SETTINGS: JSON.stringify(settings) },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  let said = ''
  let complaints = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  // From its sources: where other tests have the processor it is long in coming, and that is not what is measured here.
  await eventually(() => expect(said + complaints).toContain('open\n'), STARTS_WITHIN_MS)
  return {
    async end() {
      const killer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      child.stdin.end()
      const code = await closed
      const endedAt = Date.now()
      clearTimeout(killer)
      expect(`${code} ${complaints}`).toBe('0 ')
      const life = Life.parse(JSON.parse(said.slice('open\n'.length)))
      return { ...life, lingeredMs: endedAt - life.closedAt }
    },
  }
}

it('is over as soon as the others have heard of it, and leaves no handle open', async () => {
  const lone = await startLone('lone-1')
  await eventually(() => expect(mesh.isRegistered('lone-1')).toBe(true))
  const life = await lone.end()
  expect(life).toMatchObject({ status: 200, text: 'peer-1' })
  expect(life.closeMs).toBeLessThan(600)
  expect(life.lingeredMs).toBeLessThan(500)
  expect(mesh.isRegistered('lone-1')).toBe(false)
})

it('does not wait for a control plane that is gone, nor for NATS', async () => {
  const first = await startLone('lone-2')
  const second = await startLone('lone-3')
  await mesh.stopControlPlane()
  const withoutControlPlane = await first.end()
  expect(withoutControlPlane.closeMs).toBeLessThan(1500)
  expect(withoutControlPlane.lingeredMs).toBeLessThan(500)
  await mesh.nats.stop()
  const alone = await second.end()
  expect(alone.closeMs).toBeLessThan(1500)
  expect(alone.lingeredMs).toBeLessThan(500)
}, 90_000)
