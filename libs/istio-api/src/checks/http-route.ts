/** One HTTP route of a VirtualService: what may stand together, and each value. The rules are those of Istio's own validation. */
import { regexProblem, substitutionProblem } from '@meshmart/mesh-policy'
import { GRPC_STATUS } from '../grpc-status.ts'
import { parseDuration } from '../duration.ts'
import type { Findings } from '../problem.ts'
import type { DestinationSpec, FieldPath, HttpMatchSpec, HttpRouteSpec } from '../resource.ts'
import { textOfBytes } from '../base64.ts'
import { checkHeaders, isAuthority } from './header-operations.ts'
import { checkRetries } from './retries.ts'
import {
  checkAtLeast,
  checkDuration,
  checkHeaderName,
  checkHost,
  checkLabels,
  checkPercentage,
  checkPort,
  checkStringMatch,
} from './values.ts'

const REDIRECT_CODES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const CORS_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*']
/** A claim of a token, in the place of a header. */
const CLAIM = /^@request\.auth\.claims(?:\..+|(?:\[[^\]]+\])+)$/i
const MAX_BODY_BYTES = 1_048_576

export function checkHttpMatch(match: HttpMatchSpec, path: FieldPath, findings: Findings): void {
  for (const field of ['uri', 'scheme', 'method', 'authority'] as const) {
    checkStringMatch(match[field], [...path, field], findings)
  }
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const) {
    for (const [name, value] of Object.entries(match[field] ?? {})) {
      const place = [...path, field, name]
      // `*` alone is Istio's word for "is there", and no expression.
      if (value.regex !== '*') checkStringMatch(value, place, findings)
      if (field === 'queryParams') continue
      if (!CLAIM.test(name)) checkHeaderName(name, place, findings)
    }
  }
  checkPort(match.port, [...path, 'port'], findings)
  checkLabels(match.sourceLabels, [...path, 'sourceLabels'], findings)
}

export function checkHttpRoute(route: HttpRouteSpec, isDelegate: boolean, path: FieldPath, findings: Findings): void {
  if (route.delegate !== undefined && !isDelegate) checkRoot(route, path, findings)
  else checkAction(route, path, findings)
  for (const [index, { destination, weight, headers }] of (route.route ?? []).entries()) {
    const place = [...path, 'route', index]
    checkDestination(destination, [...place, 'destination'], findings)
    checkAtLeast(weight, 0, [...place, 'weight'], findings)
    checkHeaders(headers, [...place, 'headers'], findings)
  }
  const destinations = route.route ?? []
  if (destinations.length > 1 && destinations.every(({ weight }) => (weight ?? 0) === 0)) {
    findings.error([...path, 'route'], 'needs a weight above 0 for at least one of its destinations')
  }
  checkDuration(route.timeout, [...path, 'timeout'], findings)
  if (route.retries !== undefined) checkRetries(route.retries, [...path, 'retries'], findings)
  checkHeaders(route.headers, [...path, 'headers'], findings)
  checkRewrite(route, path, findings)
  checkRedirect(route.redirect, [...path, 'redirect'], findings)
  checkDirectResponse(route.directResponse, [...path, 'directResponse'], findings)
  checkFault(route.fault, [...path, 'fault'], findings)
  checkMirrors(route, path, findings)
  checkCors(route.corsPolicy, [...path, 'corsPolicy'], findings)
}

/** A root only narrows and presets; the delegate's routes say whither. */
function checkRoot(route: HttpRouteSpec, path: FieldPath, findings: Findings): void {
  for (const field of ['route', 'redirect', 'directResponse'] as const) {
    if (route[field] !== undefined) findings.error([...path, field], 'must not stand beside delegate')
  }
  if ((route.delegate?.name ?? '') === '') findings.error([...path, 'delegate', 'name'], 'must name a VirtualService')
}

function checkAction(route: HttpRouteSpec, path: FieldPath, findings: Findings): void {
  if (route.delegate !== undefined) findings.error([...path, 'delegate'], 'must not stand in a delegate')
  const answers = (['redirect', 'directResponse'] as const).filter((field) => route[field] !== undefined)
  if (answers.length === 2) findings.error([...path, 'directResponse'], 'must not stand beside redirect')
  for (const answer of answers) {
    for (const field of ['route', 'fault', 'rewrite'] as const) {
      if (route[field] !== undefined) findings.error([...path, field], `must not stand beside ${answer}`)
    }
  }
  if (answers.length === 0 && (route.route ?? []).length === 0) {
    findings.error([...path, 'route'], 'needs at least one destination, or a redirect or directResponse in its place')
  }
}

function checkDestination(destination: DestinationSpec, path: FieldPath, findings: Findings): void {
  checkHost(destination.host, [...path, 'host'], findings, false)
  checkPort(destination.port?.number, [...path, 'port', 'number'], findings)
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
  const problem = regexProblem(expression.match ?? '')
  if (problem !== null) {
    findings.error([...place, 'uriRegexRewrite', 'match'], `must be a regular expression of RE2: ${problem}`)
    return
  }
  const wrong = substitutionProblem(expression.match ?? '', expression.rewrite ?? '')
  if (wrong !== null) findings.error([...place, 'uriRegexRewrite', 'rewrite'], wrong)
}

function checkRedirect(redirect: HttpRouteSpec['redirect'], path: FieldPath, findings: Findings): void {
  if (redirect === undefined) return
  const { uri, authority, scheme, port, derivePort, redirectCode } = redirect
  if ([uri, authority, scheme, port, derivePort].every((value) => value === undefined || value === '')) {
    findings.error(path, 'needs uri, authority, scheme or port')
  }
  if (redirectCode !== undefined && redirectCode !== 0 && !REDIRECT_CODES.has(redirectCode)) {
    findings.error([...path, 'redirectCode'], `must be one of ${[...REDIRECT_CODES].join(', ')}, is ${redirectCode}`)
  }
  if (scheme !== undefined && scheme !== '' && scheme !== 'http' && scheme !== 'https') {
    findings.error([...path, 'scheme'], `must be http or https, is ${JSON.stringify(scheme)}`)
  }
  checkPort(port, [...path, 'port'], findings)
}

function checkDirectResponse(answer: HttpRouteSpec['directResponse'], path: FieldPath, findings: Findings): void {
  if (answer === undefined) return
  checkStatus(answer.status, [...path, 'status'], findings)
  const { string, bytes } = answer.body ?? {}
  if (bytes !== undefined && textOfBytes(bytes) === null) {
    findings.error([...path, 'body', 'bytes'], 'must be text (UTF-8) in base64')
  }
  if ((string ?? bytes ?? '').length > MAX_BODY_BYTES)
    findings.error([...path, 'body'], 'must not be longer than 1 MiB')
}

function checkStatus(status: number, path: FieldPath, findings: Findings): void {
  if (status < 200 || status > 599) findings.error(path, `must be a status between 200 and 599, is ${status}`)
}

function checkFault(fault: HttpRouteSpec['fault'], path: FieldPath, findings: Findings): void {
  if (fault === undefined) return
  const { delay, abort } = fault
  if (delay === undefined && abort === undefined) findings.error(path, 'needs a delay or an abort')
  if (delay !== undefined) {
    const place = [...path, 'delay']
    checkPercentage(delay.percentage?.value, [...place, 'percentage', 'value'], findings)
    checkPercentage(delay.percent, [...place, 'percent'], findings)
    checkDuration(delay.fixedDelay, [...place, 'fixedDelay'], findings, 1)
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
}

function warnNever(path: FieldPath, findings: Findings): void {
  findings.warning(path, 'has no effect without a percentage: it is 0, as in Istio')
}

function checkMirrors(route: HttpRouteSpec, path: FieldPath, findings: Findings): void {
  if (route.mirror !== undefined) checkDestination(route.mirror, [...path, 'mirror'], findings)
  if (route.mirror !== undefined && (route.mirrors ?? []).length > 0) {
    findings.error([...path, 'mirrors'], 'must not stand beside mirror')
  }
  checkPercentage(route.mirrorPercentage?.value, [...path, 'mirrorPercentage', 'value'], findings)
  checkPercentage(route.mirrorPercent, [...path, 'mirrorPercent'], findings)
  checkPercentage(route.mirror_percent, [...path, 'mirror_percent'], findings)
  for (const [index, { destination, percentage }] of (route.mirrors ?? []).entries()) {
    const place = [...path, 'mirrors', index]
    checkDestination(destination, [...place, 'destination'], findings)
    checkPercentage(percentage?.value, [...place, 'percentage', 'value'], findings)
  }
}

function checkCors(policy: HttpRouteSpec['corsPolicy'], path: FieldPath, findings: Findings): void {
  if (policy === undefined) return
  for (const [index, origin] of (policy.allowOrigins ?? []).entries()) {
    const place = [...path, 'allowOrigins', index]
    if ((origin.exact ?? origin.prefix ?? origin.regex ?? '') === '') findings.error(place, 'must not be empty')
    checkStringMatch(origin, place, findings)
  }
  for (const [index, method] of (policy.allowMethods ?? []).entries()) {
    if (CORS_METHODS.includes(method)) continue
    findings.error([...path, 'allowMethods', index], `must be one of ${CORS_METHODS.join(', ')}, is ${method}`)
  }
  for (const field of ['allowHeaders', 'exposeHeaders'] as const) {
    for (const [index, name] of (policy[field] ?? []).entries())
      checkHeaderName(name, [...path, field, index], findings)
  }
  checkDuration(policy.maxAge, [...path, 'maxAge'], findings, 1)
  if (policy.maxAge !== undefined && (parseDuration(policy.maxAge) ?? 0) % 1000 !== 0) {
    findings.error([...path, 'maxAge'], `must be whole seconds, is ${policy.maxAge}`)
  }
}
