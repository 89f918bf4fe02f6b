/**
 * What compiling the large mesh costs in a process of its own, without a control plane around it: everything, then one changed VirtualService; and the look-ups
 * of a request. `node compile-program.ts SERVICES RUNS` prints JSON; medians, because other programs run too.
 */
import { createCompiler, parseResources, type Compiler } from '@meshmart/istio-api'
import { largeVirtualHosts, READER } from '@meshmart/istio-api/testing'
import { matchRoute, matchVirtualHost, prepareRoutes, prepareVirtualHosts } from '@meshmart/mesh-policy'
import { configurationOf, serviceAt, virtualService } from './large-mesh.ts'
import { quantile } from '../harness/quantile.ts'

export interface CompileCost {
  /** Text to resources, ms. */
  readonly readMs: number
  /** Resources to every snapshot, ms. */
  readonly fullMs: number
  /** One VirtualService is another one, and every snapshot is asked for again, ms. */
  readonly incrementalMs: number
  readonly lookups: readonly { readonly what: string; readonly ns: number }[]
}

const LOOKUPS = 100_000
const [count = 1_000, runs = 9] = process.argv.slice(2).map(Number)
const services = Array.from({ length: count }, (_, index) => {
  const { namespace, name, host } = serviceAt(index)
  return { host, namespace, name, ports: [80], portNames: { '80': 'http' }, accounts: [], selector: { app: name } }
})
const text = configurationOf({ services: count, sidecars: 0 })
const read = median(Math.ceil(runs / 3), () => parseResources(text, 'large').resources)
const full = median(runs, () => compileAll(createCompiler({ resources: read.result, services })))
let before = full.result
let turn = 11
const incremental = median(runs * 3, () => {
  const [changed] = parseResources(virtualService(turn % count, turn++), 'changed').resources
  if (changed === undefined) throw new Error('the changed VirtualService was refused')
  const resources = before.model.resources.map((each) =>
    each.kind === changed.kind && each.name === changed.name ? changed : each,
  )
  before = compileAll(createCompiler({ resources, services }, before))
  return before
})
process.stdout.write(
  JSON.stringify({
    readMs: read.cost,
    fullMs: full.cost,
    incrementalMs: incremental.cost,
    lookups: [100, 10_000].flatMap(hostLookups).concat([10, 1_000].map(ruleLookup)),
  } satisfies CompileCost),
)

/** What all sidecars together may ask for: each workload's policy, and each host from its own namespace. */
function compileAll(compiler: Compiler): Compiler {
  for (const { namespace, name, host } of services) {
    compiler.compileInbound(namespace, name, { app: name })
    compiler.compileOutbound(namespace, host)
  }
  compiler.compileGateways()
  return compiler
}

function hostLookups(size: number): { what: string; ns: number }[] {
  const table = prepareVirtualHosts(largeVirtualHosts(size), 80, READER)
  const indices = Array.from({ length: size }, (_, index) => index)
  const exact = indices.map((index) => `host-${index}.example.com`)
  const below = indices.map((index) => `www.wild-${index}.example.com`)
  const cost = (hosts: readonly string[]): number =>
    nanoseconds((turnOf) => matchVirtualHost(table, hosts[turnOf % size] ?? ''))
  const among = `among ${size.toLocaleString('en')}`
  return [
    { what: `exact host ${among}`, ns: cost(exact) },
    { what: `host below a wildcard ${among}`, ns: cost(below) },
  ]
}

function ruleLookup(size: number): { what: string; ns: number } {
  const table = prepareRoutes(largeVirtualHosts(1, size)[0]?.routes ?? [], READER)
  const fields = { method: 'GET', query: '', authority: 'a.example.com', header: () => undefined }
  const requests = Array.from({ length: size }, (_, index) => ({ ...fields, path: `/v1/thing-${index}/x` }))
  const ns = nanoseconds((turnOf) => matchRoute(table, requests[turnOf % size] ?? requests[0]!))
  return { what: `rule among ${size.toLocaleString('en')}`, ns }
}

function median<T>(times: number, work: () => T): { cost: number; result: T } {
  const costs: number[] = []
  let result = work()
  for (let run = 0; run < times; run++) {
    const began = performance.now()
    result = work()
    costs.push(performance.now() - began)
  }
  return { cost: quantile(costs, 0.5), result }
}

function nanoseconds(lookup: (turnOf: number) => unknown): number {
  const { cost } = median(runs, () => {
    for (let turnOf = 0; turnOf < LOOKUPS; turnOf++) if (lookup(turnOf) === null) throw new Error('nothing was found')
  })
  return (cost * 1e6) / LOOKUPS
}
