/**
 * `npm run e2e:kube`: two control planes as processes, configured by a real Kubernetes API under exactly the rights of infra/k8s/configuration, a real NATS and
 * real sidecars. Between each control plane and the API stands a proxy that can be cut.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { KubernetesObject } from './config/kubernetes/api.ts'
import { kubeconfigAccess } from './config/kubernetes/access.ts'
import { Cluster, type Condition } from './testing/cluster.ts'
import { killAll, portOf, startProcess, type Running } from './testing/control-plane-process.ts'
import { CuttableProxy } from './testing/cuttable-proxy.ts'
import { asOperator, environmentFor, prepareMesh } from './testing/real-mesh.ts'
import { startNats, type RealNats } from './testing/real-nats.ts'
import { runSidecar, type RunningSidecar } from './testing/real-sidecar.ts'
import type { Reply } from './testing/workload.ts'

const NAMESPACE = 'meshmart'
const resource = (kind: string, name: string, spec: object, group = 'networking'): KubernetesObject => ({
  apiVersion: `${group}.istio.io/v1`,
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec,
})
/** Answers every request itself, so that one look tells which version runs. */
const route = (status: number, more: object = {}): KubernetesObject =>
  resource('VirtualService', 'inventory', {
    hosts: ['inventory'],
    http: [
      {
        fault: { abort: { httpStatus: status, percentage: { value: 100 } } },
        route: [{ destination: { host: 'inventory' } }],
        ...more,
      },
    ],
  })
const permission = resource(
  'AuthorizationPolicy',
  'inventory',
  {
    selector: { matchLabels: { app: 'inventory' } },
    action: 'ALLOW',
    rules: [{ from: [{ source: { principals: ['cluster.local/ns/meshmart/sa/orders'] } }] }],
  },
  'security',
)
const rule = (spec: object): KubernetesObject =>
  resource('DestinationRule', 'inventory', { host: 'inventory', ...spec })

interface Replica {
  readonly name: string
  readonly proxy: CuttableProxy
  running: Running
  port: number
}

describe('a mesh that is configured by Kubernetes', () => {
  let cluster: Cluster
  let directory: string
  let configDirectory: string
  let nats: RealNats
  const replicas: Replica[] = []
  const sidecars: RunningSidecar[] = []
  let orders: RunningSidecar

  const launch = (name: string): Running =>
    startProcess({
      ...environmentFor(directory, configDirectory, nats.url),
      CONTROL_PLANE_INSTANCE: name,
      CONTROL_PLANE_CONFIG_SOURCE: 'kubernetes',
      KUBECONFIG: join(directory, `${name}.kubeconfig`),
      LOG_LEVEL: 'debug',
    })
  const start = async (name: string): Promise<Replica> => {
    const { server } = kubeconfigAccess(process.env['KUBECONFIG'] ?? '')
    const proxy = await CuttableProxy.before({ host: server.hostname, port: Number(server.port) })
    const file = join(directory, `${name}.kubeconfig`)
    await cluster.kubeconfigOfControlPlane(file, new URL(`https://127.0.0.1:${proxy.port}`))
    const running = launch(name)
    return { name, proxy, running, port: await portOf(running) }
  }
  const restart = async (replica: Replica): Promise<void> => {
    replica.running.process.kill('SIGKILL')
    await replica.running.ended
    replica.running = launch(replica.name)
    replica.port = await portOf(replica.running)
  }
  const ask = (method: string, path: string, body?: unknown, at = replicas[0]!): Promise<Reply> =>
    asOperator({ directory, port: at.port }, method, path, body)
  const leader = async (): Promise<Replica> => {
    const { body } = await ask('GET', '/healthz/ready')
    return replicas.find(({ name }) => name === body['leader'])!
  }
  const call = (): Promise<number | string> => orders.get('http://inventory/')
  const untilAnswers = async (status: number, timeout = 10_000): Promise<number> => {
    const began = performance.now()
    await vi.waitFor(async () => expect(await call()).toBe(status), { timeout, interval: 10 })
    return Math.round(performance.now() - began)
  }
  const untilSaid = async (
    object: KubernetesObject,
    wanted: Readonly<Record<string, Partial<Condition>>>,
    timeout = 15_000,
  ): Promise<Record<string, Condition>> =>
    vi.waitFor(
      async () => {
        const said = await cluster.conditions(object)
        expect(said).toMatchObject(wanted)
        return said
      },
      { timeout, interval: 50 },
    )
  const good = (observedGeneration: number) => ({
    PassedValidation: { status: 'True', observedGeneration },
    Reconciled: { status: 'True', observedGeneration },
  })

  beforeAll(async () => {
    cluster = await Cluster.open(NAMESPACE)
    ;({ directory, configDirectory } = await prepareMesh())
    nats = await startNats(directory)
    replicas.push(...(await Promise.all(['control-plane-1', 'control-plane-2'].map(start))))
    await cluster.apply(permission)
    const ports = replicas.map(({ port }) => port)
    const run = (workload: string, instance: string) =>
      runSidecar({ directory, natsUrl: nats.url, ports }, workload, instance)
    sidecars.push(
      ...(await Promise.all([run('meshmart.orders', 'orders-1'), run('meshmart.inventory', 'inventory-1')])),
    )
    orders = sidecars[0]!
  })
  afterAll(async () => {
    for (const sidecar of sidecars) await sidecar.close()
    killAll()
    for (const { proxy } of replicas) await proxy.cut()
    await nats?.stop()
    await cluster?.remove()
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  })

  it('what is applied is in force, and its status says so', async () => {
    await untilAnswers(200)
    await untilSaid(permission, good(1))
    await cluster.apply(route(418))
    await untilAnswers(418)
    const said = await untilSaid(route(418), good(1))
    expect(said['Reconciled']?.message).toBe('every sidecar that needs it runs it')
  })

  it('a change reaches the sidecars well within a second', async () => {
    const times: number[] = []
    for (const status of [501, 502, 503, 504, 418]) {
      await cluster.apply(route(status))
      times.push(await untilAnswers(status))
    }
    const median = times.toSorted((a, b) => a - b)[2]!
    console.log(`applied in Kubernetes → the sidecar answers so: ${times.join(', ')} ms`)
    expect(median).toBeLessThan(1_000)
    await untilSaid(route(418), good(6))
  })

  it('one that is wrong holds back nobody else: it stays as it was last good, and says why', async () => {
    await Promise.all([cluster.apply(route(500, { timeout: 'soon' })), cluster.apply(rule({}))])
    await untilSaid(rule({}), good(1))
    const said = await untilSaid(route(0), {
      PassedValidation: { status: 'False', reason: 'Invalid', observedGeneration: 7 },
      Reconciled: {
        status: 'False',
        reason: 'NotValid',
        message: 'generation 6 stays in force',
        observedGeneration: 7,
      },
    })
    expect(said['PassedValidation']?.message).toContain('spec.http[0].timeout')
    expect(await call()).toBe(418)
    const { status } = (await cluster.get(
      `/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/virtualservices/inventory`,
    ))!
    expect(status).toMatchObject({ validationMessages: [{ type: { code: 'IST0106' }, level: 'ERROR' }] })
  })

  it('of one that was never good nothing is in force', async () => {
    const broken = resource('AuthorizationPolicy', 'broken', { action: 'DENY', rulez: [{}] }, 'security')
    await cluster.apply(broken)
    await untilSaid(broken, {
      PassedValidation: { status: 'False', message: expect.stringContaining('rulez') as string },
      Reconciled: { status: 'False', message: 'nothing of it is in force' },
    })
    expect(await call()).toBe(418)
    await cluster.delete(broken)
  })

  it('a warning stands in the status of what is in force all the same', async () => {
    const dangling = resource('VirtualService', 'payments', {
      hosts: ['payments'],
      http: [{ route: [{ destination: { host: 'payments', subset: 'v9' } }] }],
    })
    await cluster.apply(dangling)
    const said = await untilSaid(dangling, {
      PassedValidation: { status: 'True', reason: 'ValidWithWarnings' },
      Reconciled: { status: 'True' },
    })
    expect(said['PassedValidation']?.message).toContain('v9')
  })

  it('is written by kubectl and not by meshctl; the history is read by both', async () => {
    const refused = await ask(
      'POST',
      '/v1/config/apply',
      `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: other, namespace: ${NAMESPACE} }
spec: { host: inventory }
`,
    )
    expect(refused).toMatchObject({ status: 409, body: { code: 'kept-elsewhere' } })
    expect(refused.body['detail']).toContain('kubectl apply')
    expect((await ask('DELETE', `/v1/config/DestinationRule/${NAMESPACE}/inventory`)).status).toBe(409)
    expect((await ask('POST', '/v1/config/rollback', { revision: 1 })).status).toBe(409)
    const { body } = await ask('GET', `/v1/config/DestinationRule/${NAMESPACE}/inventory`)
    expect(body).toMatchObject({ source: 'kubernetes', document: { spec: { host: 'inventory' } } })
    const history = (await ask('GET', '/v1/config/history')).body['revisions'] as { by: string; note: string }[]
    expect(history[0]).toMatchObject({
      by: 'spiffe://cluster.local/ns/meshmart-system/sa/control-plane',
      note: 'from the Kubernetes API',
    })
  })

  it('a Service names the ports of what it describes', async () => {
    const service: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'inventory', namespace: NAMESPACE },
      spec: {
        selector: { app: 'inventory' },
        ports: [
          { name: 'http', port: 80 },
          { name: 'tcp-stock', port: 7_000 },
        ],
      },
    }
    await cluster.apply(service)
    await vi.waitFor(async () => {
      const { body } = await ask('GET', '/v1/snapshots/outbound.meshmart.inventory.meshmart.svc.cluster.local')
      expect(JSON.stringify(body)).toContain('7000')
    }, 10_000)
  })

  it("Istio's mesh configuration is read from its ConfigMap", async () => {
    const config: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio', namespace: 'istio-system' },
      data: { mesh: 'outboundTrafficPolicy: { mode: REGISTRY_ONLY }\n', meshNetworks: 'networks: {}' },
    }
    await cluster.createMissing(config)
    await vi.waitFor(async () => {
      const { status, body } = await ask('GET', '/v1/config/ConfigMap/istio-system/istio')
      expect([status, body['source']]).toEqual([200, 'kubernetes'])
    }, 10_000)
  })

  it('statuses are written by the replica that leads, and only where something is to be said', async () => {
    const writes = (): Record<string, number> =>
      Object.fromEntries(
        replicas.map(({ name, running }) => [name, running.output().split('status written').length - 1]),
      )
    const leading = await leader()
    await pause(3_000)
    const before = writes()
    expect(Object.keys(before).filter((name) => before[name]! > 0)).toEqual([leading.name])
    await pause(4_000)
    expect(writes()).toEqual(before)
  })

  it('kill -9 of the one that leads: the other one goes on with the statuses', async () => {
    const killed = await leader()
    const other = replicas.find(({ name }) => name !== killed.name)!
    killed.running.process.kill('SIGKILL')
    await killed.running.ended
    await cluster.apply(route(505))
    await untilAnswers(505)
    await untilSaid(route(505), good(8))
    // It says so after the API has answered, which we may hear sooner.
    await vi.waitFor(() => expect(other.running.output()).toContain('status written'), 5_000)
    await restart(killed)
  })

  it('without the API everything goes on, over a restart of both as well; what changed meanwhile is caught up', async () => {
    await cluster.apply(route(506, { timeout: 'soon' }))
    await untilSaid(route(0), { PassedValidation: { status: 'False', observedGeneration: 9 } })
    for (const { proxy } of replicas) await proxy.cut()
    for (const replica of replicas) await restart(replica)
    await vi.waitFor(async () => expect((await ask('GET', '/healthz/ready')).status).toBe(200), 15_000)
    await vi.waitFor(async () => expect(await call()).toBe(505), 10_000)
    await cluster.apply(route(507))
    await pause(2_000)
    expect(await call()).toBe(505)
    for (const { proxy } of replicas) await proxy.restore()
    console.log(`the API is back → what changed meanwhile is in force: ${await untilAnswers(507, 20_000)} ms`)
    await untilSaid(route(507), good(10))
    const outputs = replicas.map(({ running }) => running.output())
    for (const output of outputs) expect(output).toContain('going on with what was last known')
  })

  it('what is deleted is gone', async () => {
    await cluster.delete(route(0))
    await untilAnswers(200)
  })

  it('stops in order while it watches', async () => {
    for (const { running } of replicas) {
      running.process.kill('SIGTERM')
      expect(await running.ended).toBe(0)
    }
  })
})
