/** One HTTP route of a VirtualService: what may stand together, and each value. The rules are those of Istio's own validation. */
import { substitutionProblem } from '@meshmart/mesh-policy'
import { GRPC_STATUS } from '../grpc-status.ts'
import { parseDuration } from '../duration.ts'
import type { Findings } from '../problem.ts'
import type { DestinationSpec, FieldPath, HttpMatchSpec, HttpRouteSpec } from '../resource.ts'
import { textOfBytes } from '../base64.ts'
import { checkHeaders, isAuthority } from './header-operations.ts'
import { checkRetries } from './retries.ts'
import { checkDestinationHost } from './hosts.ts'
import { checkLabels } from './selectors.ts'
import { checkWeights } from './weights.ts'
import { isDnsLabel } from '../host.ts'
import {
  byteLength,
  checkAtLeast,
  checkBetween,
  checkDuration,
  checkHeaderName,
  checkPercentage,
  checkPort,
  checkRegex,
  checkStringMatch,
} from './values.ts'

const REDIRECT_CODES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const CORS_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*']
const MAX_BODY_BYTES = 1_048_576
const LARGE_BODY_BYTES = 102_400
/** Fields of HTTP/2 that stand for the parts of a request line. */
const PSEUDO_HEADERS = [':method', ':scheme', ':authority', ':path', ':status']
/** A claim of a token in the place of a header: `@request.auth.claims.sub`, or with claims in brackets. */
const CLAIM = /^@request\.auth\.claims(?:\..+|\[.+\])$/i

export function checkHttpMatch(match: HttpMatchSpec, path: FieldPath, findings: Findings): void {
  for (const field of ['uri', 'scheme', 'method', 'authority'] as const) {
    checkStringMatch(match[field], [...path, field], findings, field === 'uri')
  }
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const) {
    for (const [name, value] of Object.entries(match[field] ?? {})) {
      const place = [...path, field, name]
      // `*` alone is Istio's word for "is there", and no expression.
      if (field !== 'withoutHeaders' || value.regex !== '*') checkStringMatch(value, place, findings)
      if (field !== 'queryParams') checkMatchedName(name, place, findings)
    }
  }
  checkPort(match.port === 0 ? undefined : match.port, [...path, 'port'], findings)
  checkLabels(match.sourceLabels, [...path, 'sourceLabels'], findings)
  const namespace = match.sourceNamespace ?? ''
  if (namespace !== '' && !isDnsLabel(namespace)) {
    findings.error([...path, 'sourceNamespace'], `must be a namespace, is ${JSON.stringify(namespace)}`)
  }
}

function checkMatchedName(name: string, path: FieldPath, findings: Findings): void {
  if (CLAIM.test(name)) return
  if (PSEUDO_HEADERS.includes(name)) findings.refuse(path, 'cannot be matched as a header here; match uri, method, …')
  else checkHeaderName(name, path, findings)
}

export function checkHttpRoute(route: HttpRouteSpec, isDelegate: boolean, path: FieldPath, findings: Findings): void {
  if (route.delegate !== undefined && !isDelegate) checkRoot(route, path, findings)
  else checkAction(route, isDelegate, path, findings)
  for (const [index, { destination, weight, headers }] of (route.route ?? []).entries()) {
    const place = [...path, 'route', index]
    checkDestination(destination, [...place, 'destination'], findings)
    checkAtLeast(weight, 0, [...place, 'weight'], findings)
    checkHeaders(headers, [...place, 'headers'], findings)
  }
  checkWeights(route.route ?? [], path, findings)
  checkDuration(route.timeout, [...path, 'timeout'], findings)
  if (route.retries !== undefined) checkRetries(route.retries, [...path, 'retries'], findings)
  checkHeaders(route.headers, [...path, 'headers'], findings)
  checkRewrite(route, path, findings)
  checkRedirect(route, [...path, 'redirect'], findings)
  checkDirectResponse(route.directResponse, [...path, 'directResponse'], findings)
  checkFault(route.fault, [...path, 'fault'], findings)
  checkMirrors(route, path, findings)
  checkCors(route.corsPolicy, [...path, 'corsPolicy'], findings)
}

/** A root only narrows and presets; the delegate's routes say whither. */
function checkRoot(route: HttpRouteSpec, path: FieldPath, findings: Findings): void {
  for (const field of ['route', 'redirect'] as const) {
    if (route[field] !== undefined) findings.error([...path, field], 'must not stand beside delegate')
  }
  if (route.directResponse !== undefined) findings.refuse([...path, 'directResponse'], 'must not stand beside delegate')
  if ((route.delegate?.name ?? '') === '') findings.refuse([...path, 'delegate', 'name'], 'must name a VirtualService')
}

function checkAction(route: HttpRouteSpec, isDelegate: boolean, path: FieldPath, findings: Findings): void {
  if (isDelegate && route.delegate !== undefined) findings.error([...path, 'delegate'], 'must not stand in a delegate')
  const answers = (['redirect', 'directResponse'] as const).filter((field) => route[field] !== undefined)
  if (answers.length === 2) findings.error([...path, 'directResponse'], 'must not stand beside redirect')
  for (const answer of answers) {
    for (const field of ['route', 'fault', 'rewrite'] as const) {
      if (route[field] === undefined || (field === 'route' && route.route?.length === 0)) continue
      findings.error([...path, field], `must not stand beside ${answer}`)
    }
  }
  if (answers.length === 0 && (route.route ?? []).length === 0) {
    findings.error([...path, 'route'], 'needs at least one destination, or a redirect or directResponse in its place')
  }
}

export function checkDestination(destination: DestinationSpec, path: FieldPath, findings: Findings): void {
  checkDestinationHost(destination.host, [...path, 'host'], findings)
  const subset = destination.subset ?? ''
  if (subset !== '' && !isDnsLabel(subset)) {
    findings.error([...path, 'subset'], `must be the name of a subset, such as v1, is ${JSON.stringify(subset)}`)
  }
  if (destination.port !== undefined) checkPort(destination.port.number ?? 0, [...path, 'port', 'number'], findings)
}

function checkRewrite({ rewrite, headers }: HttpRouteSpec, path: FieldPath, findings: Findings): void {
  const names = [...Object.keys(headers?.request?.set ?? {}), ...Object.keys(headers?.request?.add ?? {})]
  const authorities = names.filter(isAuthority).length + ((rewrite?.authority ?? '') === '' ? 0 : 1)
  if (authorities > 1) findings.error([...path, 'headers'], 'sets the authority a second time')
  if (rewrite === undefined) return
  const place = [...path, 'rewrite']
  const expression = rewrite.uriRegexRewrite
  const hasUri = (rewrite.uri ?? '') !== ''
  if (hasUri && expression !== undefined) findings.error(place, 'must have uri or uriRegexRewrite, not both')
  if (!hasUri && expression === undefined && (rewrite.authority ?? '') === '') {
    findings.error(place, 'needs uri, uriRegexRewrite or authority')
  }
  if (expression === undefined) return
  if ((expression.match ?? '') === '' || (expression.rewrite ?? '') === '') {
    findings.error([...place, 'uriRegexRewrite'], 'needs both match and rewrite')
  }
  const matchPath = [...place, 'uriRegexRewrite', 'match']
  if ((expression.match ?? '') === '' || !checkRegex(expression.match ?? '', matchPath, findings)) return
  const wrong = substitutionProblem(expression.match ?? '', expression.rewrite ?? '')
  if (wrong !== null) findings.refuse([...place, 'uriRegexRewrite', 'rewrite'], wrong)
}

function checkRedirect({ redirect, match }: HttpRouteSpec, path: FieldPath, findings: Findings): void {
  if (redirect === undefined) return
  const { uri, authority, scheme, port, derivePort, redirectCode = 0 } = redirect
  const prefix: unknown = Reflect.get(redirect, 'prefixRewrite') ?? ''
  if (
    [uri, prefix, authority, scheme].every((value) => (value ?? '') === '') &&
    port === undefined &&
    derivePort === undefined
  ) {
    findings.error(path, 'needs uri, authority, scheme or port')
  }
  if (prefix !== '') {
    if ((uri ?? '') !== '') findings.error([...path, 'prefixRewrite'], 'must not stand beside uri')
    if ((match ?? []).some((each) => each.uri !== undefined && each.uri.prefix === undefined)) {
      findings.error([...path, 'prefixRewrite'], 'needs conditions that match the path by its prefix')
    }
    findings.refuse([...path, 'prefixRewrite'], 'is not supported; write uri')
  }
  if (redirectCode !== 0 && !REDIRECT_CODES.has(redirectCode)) {
    const is = `must be one of ${[...REDIRECT_CODES].join(', ')}, is ${redirectCode}`
    findings[redirectCode >= 300 && redirectCode <= 399 ? 'refuse' : 'error']([...path, 'redirectCode'], is)
  }
  if (scheme !== undefined && scheme !== '' && scheme !== 'http' && scheme !== 'https') {
    findings.error([...path, 'scheme'], `must be http or https, is ${JSON.stringify(scheme)}`)
  }
  if (port === 0) findings.refuse([...path, 'port'], 'must be a port between 1 and 65535, is 0')
  else checkPort(port, [...path, 'port'], findings)
}

function checkDirectResponse(answer: HttpRouteSpec['directResponse'], path: FieldPath, findings: Findings): void {
  if (answer === undefined) return
  checkStatus(answer.status, [...path, 'status'], findings)
  const { string, bytes } = answer.body ?? {}
  if (bytes !== undefined && textOfBytes(bytes) === null) {
    findings.refuse([...path, 'body', 'bytes'], 'must be text (UTF-8) in base64')
  }
  const size = byteLength(string ?? (bytes === undefined ? '' : (textOfBytes(bytes) ?? bytes)))
  if (size > MAX_BODY_BYTES) findings.error([...path, 'body'], 'must not be longer than 1 MiB')
  else if (size > LARGE_BODY_BYTES) findings.advise([...path, 'body'], 'is long: it travels to every sidecar')
}

/** Istio lets 600 pass, which is no status. */
function checkStatus(status: number, path: FieldPath, findings: Findings): void {
  const is = `must be a status between 200 and 599, is ${status}`
  if (status === 600) findings.refuse(path, is)
  else if (status < 200 || status > 599) findings.error(path, is)
}

function checkFault(fault: HttpRouteSpec['fault'], path: FieldPath, findings: Findings): void {
  if (fault === undefined) return
  const { delay, abort } = fault
  if (delay === undefined && abort === undefined) findings.error(path, 'needs a delay or an abort')
  if (delay !== undefined) {
    const place = [...path, 'delay']
    checkPercentage(delay.percentage?.value, [...place, 'percentage', 'value'], findings)
    checkDelayPercent(delay.percent, [...place, 'percent'], findings)
    checkDuration(delay.fixedDelay, [...place, 'fixedDelay'], findings)
    if (delay.exponentialDelay !== undefined)
      findings.error([...place, 'exponentialDelay'], 'is not supported, as in Istio')
    if (delay.percentage === undefined && delay.percent === undefined) warnNever(place, findings)
  }
  if (abort === undefined) return
  const place = [...path, 'abort']
  checkPercentage(abort.percentage?.value, [...place, 'percentage', 'value'], findings)
  if (abort.httpStatus !== undefined) checkStatus(abort.httpStatus, [...place, 'httpStatus'], findings)
  if (abort.http2Error !== undefined) findings.error([...place, 'http2Error'], 'is not supported, as in Istio')
  if (abort.grpcStatus !== undefined && GRPC_STATUS[abort.grpcStatus] === undefined) {
    const known = Object.keys(GRPC_STATUS).join(', ')
    findings.error([...place, 'grpcStatus'], `must be one of ${known}, is ${JSON.stringify(abort.grpcStatus)}`)
  }
  if (abort.percentage === undefined) warnNever(place, findings)
  if (abort.httpStatus === undefined && abort.grpcStatus === undefined && abort.http2Error === undefined) {
    findings.advise(place, 'aborts nothing without httpStatus or grpcStatus')
  }
}

/** Istio's old form, which its validation does not look at. */
function checkDelayPercent(percent: number | undefined, path: FieldPath, findings: Findings): void {
  if (percent !== undefined && (percent < 0 || percent > 100)) {
    findings.refuse(path, `must be between 0 and 100, is ${percent}`)
  }
}

function warnNever(path: FieldPath, findings: Findings): void {
  findings.warning(path, 'has no effect without a percentage: it is 0, as in Istio')
}

function checkMirrors(route: HttpRouteSpec, path: FieldPath, findings: Findings): void {
  if (route.mirror !== undefined) checkDestination(route.mirror, [...path, 'mirror'], findings)
  if (route.mirror !== undefined && (route.mirrors ?? []).length > 0) {
    findings.error([...path, 'mirrors'], 'must not stand beside mirror')
  }
  checkBetween(route.mirrorPercentage?.value, 0, 100, [...path, 'mirrorPercentage', 'value'], findings)
  for (const field of ['mirrorPercent', 'mirror_percent'] as const) {
    if (route[field] === undefined) continue
    checkBetween(route[field], 0, 100, [...path, field], findings)
    findings.advise([...path, field], "is Istio's old form; write mirrorPercentage: {value: …}")
  }
  for (const [index, { destination, percentage }] of (route.mirrors ?? []).entries()) {
    const place = [...path, 'mirrors', index]
    checkDestination(destination, [...place, 'destination'], findings)
    checkBetween(percentage?.value, 0, 100, [...place, 'percentage', 'value'], findings)
  }
}

function checkCors(policy: HttpRouteSpec['corsPolicy'], path: FieldPath, findings: Findings): void {
  if (policy === undefined) return
  for (const [index, origin] of (policy.allowOrigins ?? []).entries()) {
    const place = [...path, 'allowOrigins', index]
    if ((origin.exact ?? origin.prefix ?? origin.regex ?? '') === '') findings.error(place, 'must not be empty')
    else checkStringMatch(origin, place, findings)
  }
  for (const [index, method] of (policy.allowMethods ?? []).entries()) {
    if (CORS_METHODS.includes(method)) continue
    findings.error([...path, 'allowMethods', index], `must be one of ${CORS_METHODS.join(', ')}, is ${method}`)
  }
  for (const field of ['allowHeaders', 'exposeHeaders'] as const) {
    for (const [index, name] of (policy[field] ?? []).entries())
      checkHeaderName(name, [...path, field, index], findings)
  }
  checkDuration(policy.maxAge, [...path, 'maxAge'], findings)
  if (policy.maxAge !== undefined && (parseDuration(policy.maxAge) ?? 0) % 1000 !== 0) {
    findings.error([...path, 'maxAge'], `must be whole seconds, is ${policy.maxAge}`)
  }
}
