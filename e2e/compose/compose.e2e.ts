/** `npm run e2e:compose`: the very docker-compose.yml of the repository, brought up by testcontainers; buys, loses a replica, buys again. */
import { execFileSync } from 'node:child_process'
import { DockerComposeEnvironment, Wait, type StartedDockerComposeEnvironment } from 'testcontainers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { clone } from '../testing/shop-under-test.ts'

const PORT = '18080'
const url = `http://127.0.0.1:${PORT}`
const replicas = ['orders-1', 'orders-2', 'payments-1', 'payments-2', 'inventory-1', 'inventory-2']
const project = `meshmart-e2e-${process.pid}`
let shop: StartedDockerComposeEnvironment
let upMs = 0

const compose = (...args: string[]): string =>
  execFileSync('docker', ['compose', '--project-name', project, ...args], {
    cwd: clone,
    encoding: 'utf8',
    env: { ...process.env, PUBLIC_PORT: PORT },
  })

beforeAll(async () => {
  compose('build', '--quiet')
  const start = performance.now()
  let environment = new DockerComposeEnvironment(clone, 'docker-compose.yml')
    .withProjectName(project)
    .withEnvironment({ PUBLIC_PORT: PORT })
    .withStartupTimeout(120_000)
  for (const name of [...replicas, 'gateway', 'my-service'])
    environment = environment.withWaitStrategy(`${name}-1`, Wait.forHealthCheck())
  shop = await environment.up()
  upMs = performance.now() - start
}, 900_000)

afterAll(async () => {
  await shop?.down({ removeVolumes: true })
}, 120_000)

test('it comes up healthy, in at most 12 running containers of ours and those that play others', () => {
  const running = compose('ps', '--format', '{{.Service}} {{.Health}}').trim().split('\n')
  console.log(`up in ${Math.round(upMs / 100) / 10} s with ${running.length} containers`)
  const ours = running.filter((line) => !/^(acquirer|mailbox) /.test(line))
  expect(ours.length).toBeLessThanOrEqual(12)
  expect(running.filter((line) => line.includes('unhealthy'))).toEqual([])
})

test('none of ours runs as root, can write to its image, or has a capability', () => {
  for (const name of [
    ...replicas,
    'gateway',
    'control-plane-1',
    'control-plane-2',
    'my-service',
    'acquirer',
    'mailbox',
    'nats',
  ]) {
    const id = compose('ps', '--quiet', name).trim()
    const [user, readOnly, dropped] = execFileSync(
      'docker',
      ['inspect', '--format', '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}', id],
      { encoding: 'utf8' },
    )
      .trim()
      .split(' ')
    expect([name, user, readOnly, dropped]).toEqual([
      name,
      expect.stringMatching(/^(node|1000:1000)$/),
      'true',
      '[ALL]',
    ])
  }
})

test('whoever sees a card can leave no core dump', () => {
  for (const name of [...replicas, 'gateway', 'acquirer']) {
    const id = compose('ps', '--quiet', name).trim()
    const limits = execFileSync('docker', ['inspect', '--format', '{{json .HostConfig.Ulimits}}', id])
    expect([name, JSON.parse(limits.toString())]).toEqual([name, [{ Name: 'core', Soft: 0, Hard: 0 }]])
  }
})

test('a purchase works, and works again after kill -9 of one replica of each service', async () => {
  const customer = new Customer(url)
  expect((await customer.decided(await customer.buy(orderOf(MUG)))).state).toBe('confirmed')
  for (const replica of ['orders-1', 'payments-2', 'inventory-1']) {
    compose('kill', '--signal', 'SIGKILL', replica)
    for (let n = 0; n < 3; n++)
      expect((await customer.decided(await customer.buy(orderOf(MUG)))).state).toBe('confirmed')
  }
}, 120_000)
