/** A control plane lives through thousands of revisions: what was compiled before the last one must not stay. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createCompiler, parseResources, type Compiler } from '@meshmart/istio-api'
import { expect, it } from 'vitest'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as NodeJS.GCFunction

const routesWithin = (seconds: number): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews]
  http: [{ timeout: ${seconds}s, route: [{ destination: { host: reviews } }] }]`

function compiled(seconds: number, before?: Compiler): Compiler {
  const { resources } = parseResources(routesWithin(seconds), 'routes.yaml')
  const compiler = createCompiler({ resources, services: [] }, before)
  compiler.compileOutbound('shop', 'reviews.shop.svc.cluster.local')
  return compiler
}

it('forgets what was compiled before', async () => {
  let last = compiled(1)
  const first = new WeakRef(last.model)
  for (let seconds = 2; seconds < 6; seconds++) last = compiled(seconds, last)
  // A WeakRef is kept until the turn in which it was made is over.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect(first.deref()).toBeUndefined()
  expect(last.model.of('VirtualService')).toHaveLength(1)
})
