/** For specs: a real NATS and a real control plane as processes, meshctl's runs against them, and real sidecars that join them. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sidecarSettingsShape, startSidecar, type Sidecar } from '@meshmart/sidecar'
import { z } from 'zod'
import { run, type Run } from './run.ts'

export interface RunningMesh {
  readonly directory: string
  /** Writes a file and tells its path. */
  file(name: string, text: string): string
  /** A command that asks the control plane. */
  meshctl(...words: string[]): Promise<Run>
  /** @param workload `orders`, of namespace meshmart. Closed by `stop` */
  sidecar(workload: string, instance: string, listener: RequestListener, labels?: string): Promise<Sidecar>
  stop(): Promise<void>
}

const apps = join(import.meta.dirname, '../../..')
const source = '--conditions=@meshmart/source'
const UP_MS = 20_000

const rule = (name: string): string => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${name}, namespace: shop }
spec: { host: ${name}, subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }] }
`
const whole = (name: string): string => `${rule(name)}---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: shop }
spec: { hosts: [${name}], http: [{ route: [{ destination: { host: ${name}, port: { number: 80 } } }] }] }
`
const FOLDER = { reviews: rule('reviews'), ratings: whole('ratings'), details: whole('details') }

export async function startRunningMesh(): Promise<RunningMesh> {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER: is missing; run the tests through vitest of the project')
  const directory = mkdtempSync(join(tmpdir(), 'meshctl-mesh-'))
  execFileSync(process.execPath, [source, join(apps, 'control-plane/src/init.ts'), '--out', directory])
  mkdirSync(join(directory, 'config'))
  for (const [name, text] of Object.entries(FOLDER)) writeFileSync(join(directory, `config/${name}.yaml`), text)
  const nats = spawn(binary, ['-c', join(apps, '../infra/nats/nats.conf')], {
    cwd: directory,
    env: { NATS_HOST: '127.0.0.1', NATS_PORT: '-1', NATS_MONITOR_PORT: '-1', NATS_STORE_DIR: join(directory, 'store') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [, address] = await said(nats, /client connections on (\S+)[^]*Server is ready/)
  const controlPlane = spawn(process.execPath, [source, join(apps, 'control-plane/src/main.ts')], {
    env: {
      CONTROL_PLANE_STATE_DIR: join(directory, 'ca'),
      CONTROL_PLANE_PORT: '0',
      CONTROL_PLANE_CONFIG_DIR: join(directory, 'config'),
      MESH_NATS_URL: `tls://${address}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [, port] = await said(controlPlane, /"port":(\d+),.*control plane is up/)
  // The first replica that is named is one that nobody runs.
  const where = ['--control-plane', `https://127.0.0.1:1,https://127.0.0.1:${port}`]
  const token = ['--token-file', join(directory, 'tokens/meshmart-system.operator')]
  const roots = ['--root-cert', join(directory, 'public/root.pem')]
  const sidecars: Sidecar[] = []
  return {
    directory,
    file(name, text) {
      writeFileSync(join(directory, name), text)
      return join(directory, name)
    },
    meshctl: (...words) => run([...words, ...where, ...token, ...roots]),
    async sidecar(workload, instance, listener, labels = '') {
      const settings = z.object(sidecarSettingsShape).parse({
        MESH_WORKLOAD: workload,
        MESH_INSTANCE: instance,
        MESH_LABELS: labels,
        MESH_CONTROL_PLANE_URL: `https://127.0.0.1:${port}`,
        MESH_ROOT_CERT_FILE: join(directory, 'public/root.pem'),
        MESH_JOIN_TOKEN_FILE: join(directory, 'tokens', `meshmart.${workload}`),
        MESH_NATS_URL: `tls://${address}`,
        MESH_ACCESS_LOG: 'off',
        MESH_TRACE_SAMPLING: 0,
      })
      const quiet = (): void => undefined
      const started = await startSidecar(settings, {
        log: { level: 'error', debug: quiet, info: quiet, warn: quiet, error: quiet },
      })
      started.createInboundServer(listener)
      await started.open()
      sidecars.push(started)
      return started
    },
    async stop() {
      for (const each of sidecars) await each.close()
      for (const child of [controlPlane, nats]) await ended(child)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function said(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new Error(`not up within ${UP_MS / 1_000} s: ${text}`)), UP_MS)
    const listen = (chunk: Buffer): void => {
      text += chunk.toString()
      const found = wanted.exec(text)
      if (found === null) return
      clearTimeout(timer)
      resolve(found)
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)))
  })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) resolve()
    child.removeAllListeners('exit')
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
