/**
 * What compiling a large mesh costs, without a control plane around it: everything, then one changed VirtualService, then the look-ups of a request.
 * `node e2e/bench/compile/cost.ts [services]`; the best of several runs, because other programs run too.
 */
import { createCompiler, parseResources, type Compiler } from '@meshmart/istio-api'
import { largeMesh, largeVirtualHosts, READER } from '@meshmart/istio-api/testing'
import { matchRoute, matchVirtualHost, prepareRoutes, prepareVirtualHosts } from '@meshmart/mesh-policy'

const RUNS = 7
const LOOKUPS = 200_000

function bestOf(work: () => void): number {
  let best = Infinity
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now()
    work()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

function nanoseconds(lookup: (index: number) => unknown): number {
  const cost = bestOf(() => {
    for (let index = 0; index < LOOKUPS; index++) lookup(index)
  })
  return (cost * 1e6) / LOOKUPS
}

const count = Number(process.argv[2] ?? 1_000)
const { model, hosts, virtualService } = largeMesh(count)
const compileAll = (compiler: Compiler): Compiler => {
  for (const host of hosts) compiler.compileOutbound('shop', host)
  return compiler
}
const full = bestOf(() => compileAll(createCompiler(model)))

const before = compileAll(createCompiler(model))
const [changed] = parseResources(virtualService(0, 33), 'changed.yaml').resources
const resources = model.resources.map((resource) =>
  changed !== undefined && resource.kind === changed.kind && resource.name === changed.name ? changed : resource,
)
const incremental = bestOf(() => compileAll(createCompiler({ ...model, resources }, before)))

const virtualHosts = prepareVirtualHosts(largeVirtualHosts(10_000), 80, READER)
const exact = nanoseconds(() => matchVirtualHost(virtualHosts, 'host-9999.example.com'))
const wildcard = nanoseconds(() => matchVirtualHost(virtualHosts, 'www.wild-9999.example.com'))
const rules = prepareRoutes(largeVirtualHosts(1, 1_000)[0]?.routes ?? [], READER)
const request = {
  method: 'GET',
  path: '/v1/thing-999/x',
  query: '',
  authority: 'a.example.com',
  header: () => undefined,
}
const match = nanoseconds(() => matchRoute(rules, request))

console.table([
  { what: `full compile of ${count} services, VirtualServices, DestinationRules`, cost: `${full.toFixed(0)} ms` },
  { what: 'one changed VirtualService, all snapshots asked for again', cost: `${incremental.toFixed(1)} ms` },
  { what: 'exact host among 10,000', cost: `${exact.toFixed(0)} ns` },
  { what: 'wildcard among 10,000', cost: `${wildcard.toFixed(0)} ns` },
  { what: 'the last of 1,000 rules', cost: `${match.toFixed(0)} ns` },
])
