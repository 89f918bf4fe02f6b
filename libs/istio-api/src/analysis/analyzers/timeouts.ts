/** Retries without a time limit, and time limits of one way of which one can never take effect. */
import { parseDuration } from '../../duration.ts'
import { expandHost } from '../../host.ts'
import type { FieldPath, HttpRouteSpec } from '../../resource.ts'
import { eachAlone, type Analyzer } from '../analyzer.ts'
import { push, type AnalysisContext, type Of } from '../context.ts'
import type { Report } from '../finding.ts'
import { selects, type Labels } from '../selector.ts'

type VirtualService = Of<'VirtualService'>

export const timeouts: Analyzer = (context, report) => {
  const connectTimeouts = connectTimeoutsOf(context)
  for (const resource of context.of('VirtualService')) {
    for (const [index, route] of (resource.spec.http ?? []).entries())
      checkConnect(resource, route, ['spec', 'http', index], connectTimeouts, report)
  }
  checkCallers(context, report)
}

export const retriesWithinTimeouts = eachAlone('VirtualService', (resource, report) => {
  for (const [index, route] of (resource.spec.http ?? []).entries())
    checkRetries(resource, route, ['spec', 'http', index], report)
})

/** 0 and nothing mean no limit. */
const limitOf = (written: string | undefined): number => parseDuration(written ?? '') ?? 0

function checkRetries(resource: VirtualService, route: HttpRouteSpec, path: FieldPath, report: Report): void {
  const { timeout, retries } = route
  const attempts = retries?.attempts ?? 0
  if (retries === undefined || attempts === 0) return
  const [whole, each] = [limitOf(timeout), limitOf(retries.perTryTimeout)]
  if (whole === 0 && each === 0 && !isBeforeRequest(retries.retryOn)) {
    report('MM0002', resource, [...path, 'retries'], attempts)
  }
  if (whole === 0 || each === 0) return
  const perTry = [...path, 'retries', 'perTryTimeout']
  if (each >= whole) {
    report(
      'MM0004',
      resource,
      perTry,
      `perTryTimeout ${retries.perTryTimeout} is not shorter than the route's timeout ${timeout}: it never takes effect, and nothing is tried again after it`,
    )
  } else if (each * 2 > whole) {
    report(
      'MM0004',
      resource,
      perTry,
      `a second try of ${retries.perTryTimeout} does not fit into the route's timeout ${timeout}: it is cut off`,
    )
  } else if (each * (attempts + 1) > whole) {
    report('MM0016', resource, perTry, attempts + 1, retries.perTryTimeout ?? '', timeout ?? '')
  }
}

/** A peer that was never reached is no peer that hangs: such retries fit a stream that stays open. */
function isBeforeRequest(retryOn: string | undefined): boolean {
  const conditions = (retryOn ?? '').split(',').map((each) => each.trim())
  return conditions.every((each) => ['connect-failure', 'refused-stream', 'reset-before-request'].includes(each))
}

/** Host → the longest that a connection to it may take. */
function connectTimeoutsOf(context: AnalysisContext): ReadonlyMap<string, string> {
  const byHost = new Map<string, string>()
  for (const { namespace, spec } of context.of('DestinationRule')) {
    const written = spec.trafficPolicy?.connectionPool?.tcp?.connectTimeout
    const host = expandHost(spec.host ?? '', namespace)
    if (written !== undefined && !byHost.has(host)) byHost.set(host, written)
  }
  return byHost
}

function checkConnect(
  resource: VirtualService,
  route: HttpRouteSpec,
  path: FieldPath,
  connectTimeouts: ReadonlyMap<string, string>,
  report: Report,
): void {
  const whole = limitOf(route.timeout)
  if (whole === 0) return
  for (const { destination } of route.route ?? []) {
    const host = expandHost(destination?.host ?? '', resource.namespace)
    const connect = connectTimeouts.get(host)
    if (limitOf(connect) < whole) continue
    report(
      'MM0004',
      resource,
      [...path, 'timeout'],
      `the route's timeout ${route.timeout} is not longer than connectTimeout ${connect} of ${host}: a connection that hangs takes all of it`,
    )
  }
}

/** What a route waits for its destination; conditions on the caller's labels say who calls. */
interface Wait {
  readonly resource: VirtualService
  readonly path: FieldPath
  readonly host: string
  readonly written: string
  readonly callers: readonly Labels[]
}

/** A caller that gives up on a service sooner than that service gives up on its own peers: the service works for nobody. */
function checkCallers(context: AnalysisContext, report: Report): void {
  const services = context.kubernetes.of('Service')
  if (services.length === 0) return
  const waits = waitsOf(context)
  const byHost = new Map<string, Wait[]>()
  for (const wait of waits) push(byHost, wait.host, wait)
  for (const inner of waits) {
    for (const callers of inner.callers) {
      const { namespace } = inner.resource
      const service = services.find(({ namespace: home, content }) => {
        const selector = content.spec?.selector ?? {}
        return home === namespace && Object.keys(selector).length > 0 && selects(selector, callers)
      })
      const own = service === undefined ? [] : (byHost.get(expandHost(service.name, namespace)) ?? [])
      for (const outer of own) {
        if (outer === inner || limitOf(outer.written) >= limitOf(inner.written)) continue
        report(
          'MM0004',
          outer.resource,
          outer.path,
          `callers wait ${outer.written} for ${outer.host}, which itself waits ${inner.written} for ${inner.host}: its answer comes too late`,
        )
      }
    }
  }
}

function waitsOf(context: AnalysisContext): Wait[] {
  return context.of('VirtualService').flatMap((resource) =>
    (resource.spec.http ?? []).flatMap(({ timeout, match, route }, index): Wait[] => {
      if (timeout === undefined || limitOf(timeout) === 0) return []
      const callers = (match ?? []).flatMap(({ sourceLabels }) => (sourceLabels === undefined ? [] : [sourceLabels]))
      const path = ['spec', 'http', index, 'timeout']
      return (route ?? []).map(({ destination }) => {
        const host = expandHost(destination?.host ?? '', resource.namespace)
        return { resource, path, host, written: timeout, callers }
      })
    }),
  )
}
