/** A large mesh: what is compiled, what a change touches, and that cost does not grow with the square. Bounds are generous: other programs run too. */
import { matchRoute, prepareRoutes, prepareVirtualHosts, matchVirtualHost } from '@meshmart/mesh-policy'
import { describe, expect, test } from 'vitest'
import { largeMesh, largeVirtualHosts, READER } from '../testing/large-mesh.ts'
import { parseResources } from '../parse.ts'
import { createCompiler } from './compiler.ts'

/** Of every engine; this library itself knows no clock, and takes no types that have one. */
declare const performance: { now(): number }

function milliseconds(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** The best of some runs: what the work costs when nobody disturbs it. */
const best = (runs: number, work: () => void): number =>
  Math.min(...Array.from({ length: runs }, () => milliseconds(work)))

describe('1,000 services, VirtualServices and DestinationRules', () => {
  const { model, hosts, virtualService } = largeMesh(1_000)
  const compileAll = (compiler: ReturnType<typeof createCompiler>) =>
    hosts.map((host) => compiler.compileOutbound('shop', host))

  test('are compiled within a second', () => {
    expect(best(3, () => compileAll(createCompiler(model)))).toBeLessThan(1_000)
  })

  test('one changed VirtualService touches its own host and nothing else, at once', () => {
    const before = createCompiler(model)
    const old = compileAll(before)
    const changed = parseResources(virtualService(7, 33), 'changed.yaml').resources
    const resources = model.resources.map((resource) =>
      resource.kind === 'VirtualService' && resource.name === changed[0]?.name ? (changed[0] ?? resource) : resource,
    )
    let fresh = old
    const cost = best(5, () => {
      fresh = compileAll(createCompiler({ ...model, resources }, before))
    })
    const differing = fresh.flatMap((snapshot, index) => (snapshot === old[index] ? [] : [snapshot?.host]))
    expect(differing).toEqual([hosts[7]])
    expect(fresh[7]?.routes[0]?.timeoutMs).toBe(33_000)
    expect(cost).toBeLessThan(200)
  })

  test('a change of a DestinationRule touches whoever routes to its host', () => {
    const before = createCompiler(model)
    const old = compileAll(before)
    const resources = model.resources.filter(({ kind, name }) => kind !== 'DestinationRule' || name !== 'rule-9')
    const fresh = compileAll(createCompiler({ ...model, resources }, before))
    const differing = fresh.flatMap((snapshot, index) => (snapshot === old[index] ? [] : [index]))
    // Each VirtualService also mirrors to the service after its own.
    expect(differing).toEqual([8, 9])
  })

  test('the same again is the very same', () => {
    const before = createCompiler(model)
    const old = compileAll(before)
    const fresh = compileAll(createCompiler({ ...model }, before))
    expect(fresh.every((snapshot, index) => snapshot === old[index])).toBe(true)
  })
})

test('ten times as many cost about ten times as much', () => {
  const compile = (count: number) => {
    const { model, hosts } = largeMesh(count)
    return best(3, () => {
      const compiler = createCompiler(model)
      for (const host of hosts) compiler.compileOutbound('shop', host)
    })
  }
  compile(100)
  expect(compile(1_000) / compile(100)).toBeLessThan(40)
}, 30_000)

test('a host among 10,000 and a rule among 1,000 are found without a walk', () => {
  const cost = (count: number) => {
    const table = prepareVirtualHosts(largeVirtualHosts(count), 80, READER)
    expect(matchVirtualHost(table, `host-${count - 1}.example.com`)?.rules).toHaveLength(1)
    return best(5, () => {
      for (let index = 0; index < 10_000; index++) matchVirtualHost(table, `x.wild-${index % count}.example.com`)
    })
  }
  expect(cost(10_000) / cost(100)).toBeLessThan(15)
  const rules = (count: number) => {
    const [host] = largeVirtualHosts(1, count)
    const table = prepareRoutes(host?.routes ?? [], READER)
    const request = { method: 'GET', query: '', authority: 'a', header: () => undefined }
    expect(matchRoute(table, { ...request, path: `/v1/thing-${count - 1}/x` })).not.toBeNull()
    return best(5, () => {
      for (let index = 0; index < 10_000; index++)
        matchRoute(table, { ...request, path: `/v1/thing-${index % count}/x` })
    })
  }
  expect(rules(1_000) / rules(10)).toBeLessThan(15)
})
