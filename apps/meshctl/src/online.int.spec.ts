/** The commands that ask a control plane, against a real one. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseResources } from '@meshmart/istio-api'
import { startRunningMesh, type RunningMesh } from './testing/running-mesh.ts'
import { run } from './testing/run.ts'

const route = (more = ''): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
  namespace: shop
spec:
  hosts: [reviews]
  http:
    - route:
        - { destination: { host: reviews, subset: v1 }, weight: 100 }
        - { destination: { host: reviews, subset: v2 }, weight: 0 }
${more}`

describe('meshctl beside a mesh that runs', () => {
  let mesh: RunningMesh
  let file: string
  beforeAll(async () => {
    mesh = await startRunningMesh()
    file = mesh.file('route.yaml', route())
  })
  afterAll(() => mesh.stop())
  const spec = async () => {
    const { out } = await mesh.meshctl('get', 'vs', 'reviews', '-n', 'shop', '-o', 'json')
    return (JSON.parse(out) as { spec: { http: { route: { weight: number }[]; fault?: unknown }[] } }).spec.http[0]!
  }

  it('diff says what an apply would do, apply does it, and says that it has', async () => {
    const before = await mesh.meshctl('diff', '-f', file)
    expect(before).toMatchObject({ exitCode: 0, error: '' })
    expect(before.out).toContain('+++ VirtualService shop/reviews (created)')
    expect((await mesh.meshctl('apply', '-f', file, '--dry-run')).out).toContain('would be created')
    const applied = await mesh.meshctl('apply', '-f', file, '--wait', '5s', '--note', 'first')
    expect(applied).toMatchObject({ exitCode: 0 })
    expect(applied.out).toMatch(
      /VirtualService shop\/reviews created\n[^]*In force: revision 1\nAcknowledged by all that need it \(0\) after [\d.]+ ms/,
    )
    expect((await mesh.meshctl('diff', '-f', file)).out).toMatch(/^Nothing differs/)
  })

  it('get lists with the source, prints one as YAML or JSON; describe tells its history', async () => {
    const all = await mesh.meshctl('get')
    expect(all.out).toMatch(/DestinationRule +shop +reviews +reviews\.yaml +-/)
    expect(all.out).toMatch(/VirtualService +shop +reviews +applied +1/)
    expect((await mesh.meshctl('get', 'dr', '-n', 'nowhere')).out).toBe('Nothing is there\n')
    const one = await mesh.meshctl('get', 'virtualservices/reviews', '-n', 'shop', '-o', 'yaml')
    expect(parseResources(one.out, 'got').documents[0]).toMatchObject({
      kind: 'VirtualService',
      metadata: { generation: 1 },
    })
    const told = await mesh.meshctl('describe', 'vs', 'reviews', '-n', 'shop')
    expect(told.out).toMatch(/Source: applied\n +1 .*apply .*operator +first/)
    expect((await mesh.meshctl('describe', 'dr', 'reviews', '-n', 'shop')).out).toContain(
      'the folder, reviews.yaml (--override takes its place)',
    )
  })

  it('shifts traffic, sets a fault and clears it', async () => {
    expect((await mesh.meshctl('traffic', 'shift', 'reviews', 'v1=90', 'v2=10', '-n', 'shop')).exitCode).toBe(0)
    expect((await spec()).route.map(({ weight }) => weight)).toEqual([90, 10])
    expect(
      (await mesh.meshctl('fault', 'set', 'reviews', '--abort', '503', '--percentage', '50', '-n', 'shop')).exitCode,
    ).toBe(0)
    expect((await spec()).fault).toEqual({ abort: { httpStatus: 503, percentage: { value: 50 } } })
    expect((await mesh.meshctl('fault', 'clear', 'reviews', '-n', 'shop')).exitCode).toBe(0)
    expect((await spec()).fault).toBeUndefined()
    for (const wrong of [['v1=90'], ['v1=90', 'v3=10'], ['v1']]) {
      expect((await mesh.meshctl('traffic', 'shift', 'reviews', ...wrong, '-n', 'shop')).exitCode).toBe(2)
    }
  })

  it('history lists and shows; rollback brings back', async () => {
    const listed = await mesh.meshctl('history')
    expect(listed.out).toMatch(/REVISION[^]*\n1 +\S+ +apply +\+1 ~0 -0 +meshmart-system\/sa\/operator +first/)
    expect((await mesh.meshctl('history', '2')).out).toMatch(/^- .*weight: 100$[^]*^\+ .*weight: 90$/m)
    expect((await mesh.meshctl('rollback', '1')).out).toContain('In force: revision 5')
    expect((await spec()).route.map(({ weight }) => weight)).toEqual([100, 0])
    expect((await mesh.meshctl('rollback', '99')).exitCode).toBe(1)
    expect((await mesh.meshctl('history', 'x')).exitCode).toBe(2)
  })

  it('takes the place of what stands in the folder, and says so; deleted, the folder’s is in force again', async () => {
    const shift = await mesh.meshctl('traffic', 'shift', 'ratings', 'v1=90', 'v2=10', '--wait', '5s')
    expect(shift).toMatchObject({ exitCode: 0, error: '' })
    expect(shift.out).toMatch(
      /VirtualService shop\/ratings created\n[^]*takes the place of the folder's \(ratings\.yaml\) until it is deleted/,
    )
    const { out } = await mesh.meshctl('get', 'vs', 'ratings', '-n', 'shop', '-o', 'json')
    expect(JSON.parse(out)).toMatchObject({
      spec: {
        http: [
          {
            route: [
              { destination: { host: 'ratings', port: { number: 80 }, subset: 'v1' }, weight: 90 },
              { destination: { host: 'ratings', port: { number: 80 }, subset: 'v2' }, weight: 10 },
            ],
          },
        ],
      },
    })
    expect((await mesh.meshctl('get', 'vs')).out).toMatch(/shop +ratings +applied, in place of ratings\.yaml/)
    expect((await mesh.meshctl('describe', 'vs', 'ratings', '-n', 'shop')).out).toContain('in force again when')
    expect((await mesh.meshctl('fault', 'set', 'ratings', '--delay', '1s')).exitCode).toBe(0)
    const inFolder = join(mesh.directory, 'config/ratings.yaml')
    const original = readFileSync(inFolder, 'utf8')
    writeFileSync(inFolder, original.replace('number: 80', 'number: 81'))
    await vi.waitFor(async () => {
      const { out } = await mesh.meshctl('describe', 'vs', 'ratings', '-n', 'shop')
      expect(out).toMatch(
        /in place of ratings\.yaml \(changed there since: overridden by applied revision \d+\), which/,
      )
    }, 5_000)
    expect((await mesh.meshctl('get', 'vs')).out).toMatch(
      /in place of ratings\.yaml \(changed there since: overridden by applied revision \d+\)/,
    )
    writeFileSync(inFolder, original)
    // A subset that its DestinationRule does not have.
    const wrong = await mesh.meshctl('traffic', 'shift', 'details', 'v1=90', 'v3=10')
    expect(wrong).toMatchObject({ exitCode: 2, error: expect.stringContaining('details has the subsets v1, v2') })
    expect((await mesh.meshctl('traffic', 'shift', 'nothing', 'v1=100')).exitCode).toBe(2)
    const back = await mesh.meshctl('delete', 'vs', 'ratings', '-n', 'shop')
    expect(back.out).toContain('the one of the folder is in force again')
    const owned = mesh.file('owned.yaml', route().replaceAll('reviews', 'ratings'))
    expect((await mesh.meshctl('apply', '-f', owned)).out).toContain('apply with --override to take its place')
    expect((await mesh.meshctl('apply', '-f', owned, '--override')).exitCode).toBe(0)
    expect((await mesh.meshctl('delete', '-f', owned)).exitCode).toBe(0)
  })

  it('ends with 1 and every place where something is wrong, and changes nothing', async () => {
    const broken = mesh.file('broken.yaml', route('      fooo: 1\n'))
    const { exitCode, out } = await mesh.meshctl('apply', '-f', file, '-f', broken)
    expect(exitCode).toBe(1)
    expect(out).toMatch(/broken\.yaml:\d+:\d+: VirtualService shop\/reviews: spec\.http\[0\]\S* /)
    const owned = await mesh.meshctl('delete', 'dr', 'reviews', '-n', 'shop')
    expect(owned).toMatchObject({ exitCode: 1, out: expect.stringContaining('belongs to the folder (reviews.yaml)') })
    const stale = await mesh.meshctl('apply', '-f', file, '--expected-revision', '1')
    expect(stale).toMatchObject({ exitCode: 1, out: expect.stringContaining('Somebody else was faster') })
    expect(JSON.parse((await mesh.meshctl('apply', '-f', broken, '-o', 'json')).out)).toMatchObject({
      code: 'configuration-refused',
    })
  })

  it('tells of sidecars and certificates, and denies an identity', async () => {
    expect((await mesh.meshctl('proxy-status')).out).toContain('Leader: control-plane-1')
    expect((await mesh.meshctl('wait', '--timeout', '5s')).exitCode).toBe(0)
    expect((await mesh.meshctl('proxy-config', 'routes', 'orders-1')).exitCode).toBe(2)
    expect((await mesh.meshctl('certs')).out).toMatch(
      /issued +spiffe\S+control-plane +control-plane-1 +self[^]*which signs now/,
    )
    const orders = 'spiffe://cluster.local/ns/meshmart/sa/orders'
    expect((await mesh.meshctl('certs', 'deny', orders)).exitCode).toBe(2)
    expect((await mesh.meshctl('certs', 'deny', orders, '--reason', 'key leaked')).exitCode).toBe(0)
    expect((await mesh.meshctl('certs', 'denied')).out).toMatch(/sa\/orders .*key leaked/)
    expect((await mesh.meshctl('certs', 'allow', orders)).exitCode).toBe(0)
    expect((await mesh.meshctl('certs', 'allow', orders)).exitCode).toBe(1)
  })

  it('deletes what a file names', async () => {
    expect((await mesh.meshctl('delete', '-f', file, '--dry-run')).out).toContain('would be removed')
    expect((await mesh.meshctl('delete', '-f', file)).out).toContain('VirtualService shop/reviews removed')
    expect((await mesh.meshctl('get', 'vs', 'reviews', '-n', 'shop')).exitCode).toBe(1)
  })

  it('ends with 3 where nobody answers, with 2 where the token is not an operator’s', async () => {
    const roots = ['--root-cert', join(mesh.directory, 'public/root.pem')]
    const nobody = [
      '--control-plane',
      'https://127.0.0.1:1',
      '--token-file',
      join(mesh.directory, 'tokens/meshmart-system.operator'),
    ]
    expect((await run(['get', ...nobody, ...roots])).exitCode).toBe(3)
    expect((await mesh.meshctl('get', '--control-plane', 'http://127.0.0.1')).exitCode).toBe(0)
    expect((await run(['get', '--control-plane', 'http://127.0.0.1', ...roots])).exitCode).toBe(2)
  })

  it('dead-letters says that there are none, and which sequences are not there', async () => {
    expect(await mesh.meshctl('dead-letters')).toMatchObject({ exitCode: 0, out: 'No dead letters\n' })
    expect(await mesh.meshctl('dead-letters', 'replay', '--all')).toMatchObject({ exitCode: 0 })
    expect(await mesh.meshctl('dead-letters', 'replay', '3', '4')).toMatchObject({
      exitCode: 1,
      out: 'Not there: 3, 4\n',
    })
    expect(await mesh.meshctl('dead-letters', 'show', '3')).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining('No dead letter has the sequence 3.'),
    })
    expect(await mesh.meshctl('dead-letters', '--discarded')).toMatchObject({
      exitCode: 0,
      out: 'No discarded dead letters\n',
    })
    for (const wrong of [
      ['replay'],
      ['discard', '3', '--discarded'],
      ['replay', 'x'],
      ['discard', '--all'],
      ['burn', '1'],
      ['show', '1', '2'],
    ])
      expect(await mesh.meshctl('dead-letters', ...wrong), wrong.join(' ')).toMatchObject({ exitCode: 2 })
  })
})
