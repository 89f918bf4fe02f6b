/**
 * CORS as Envoy's filter does it (source/extensions/filters/http/cors/cors_filter.cc): a preflight of an allowed origin is answered by the mesh;
 * one of another origin goes on to the service, or with IGNORE is answered without allowing it. The mesh sets its fields on every other
 * answer to an allowed origin, and never adds `Vary`, which Envoy does not either.
 */
import type { FieldTarget } from './header-operations.ts'
import type { CorsPolicy } from './snapshot.ts'
import { prepareStringMatch, type StringMatcher } from './string-match.ts'

export interface PreparedCors {
  readonly origins: readonly StringMatcher[]
  readonly forwardUnmatched: boolean
  readonly allowCredentials: boolean
  /** Empty where the field is not sent; `*` answers with what was asked for. */
  readonly allowMethods: string
  readonly allowHeaders: string
  readonly exposeHeaders: string
  readonly maxAge: string
}

/** @throws SyntaxError where a regular expression is not RE2 */
export function prepareCors(cors: CorsPolicy): PreparedCors {
  return {
    origins: cors.allowOrigins.map((match) => prepareStringMatch(match)),
    forwardUnmatched: cors.unmatchedPreflights !== 'IGNORE',
    allowCredentials: cors.allowCredentials,
    allowMethods: cors.allowMethods.join(','),
    allowHeaders: cors.allowHeaders.join(','),
    exposeHeaders: cors.exposeHeaders.join(','),
    maxAge: cors.maxAgeSeconds === null ? '' : String(Math.trunc(cors.maxAgeSeconds)),
  }
}

/**
 * `preflight` is answered 200 by the mesh with the fields of `corsPreflight`; everything else goes on.
 * @param requestMethod of the field `Access-Control-Request-Method`
 */
export function corsVerdict(
  cors: PreparedCors,
  method: string,
  origin: string | undefined,
  requestMethod: string | undefined,
): 'forward' | 'preflight' {
  if (method !== 'OPTIONS' || isBlank(origin) || isBlank(requestMethod)) return 'forward'
  return cors.forwardUnmatched && !isOriginAllowed(cors, origin) ? 'forward' : 'preflight'
}

/** Fields of the answer to a preflight. @param requestHeaders of the field `Access-Control-Request-Headers` */
export function corsPreflight(
  cors: PreparedCors,
  origin: string,
  requestMethod: string,
  requestHeaders: string | undefined,
  target: FieldTarget,
): void {
  // Envoy sends the other fields to an origin that is not allowed too; without this one no browser heeds them.
  if (isOriginAllowed(cors, origin)) target.setHeader('access-control-allow-origin', origin)
  if (cors.allowCredentials) target.setHeader('access-control-allow-credentials', 'true')
  setUnlessEmpty(target, 'access-control-allow-methods', cors.allowMethods === '*' ? requestMethod : cors.allowMethods)
  setUnlessEmpty(
    target,
    'access-control-allow-headers',
    cors.allowHeaders === '*' ? (requestHeaders ?? '') : cors.allowHeaders,
  )
  setUnlessEmpty(target, 'access-control-max-age', cors.maxAge)
}

/** Fields of every other answer. Those of the service are overwritten. */
export function corsResponseFields(cors: PreparedCors, origin: string | undefined, target: FieldTarget): void {
  if (isBlank(origin) || !isOriginAllowed(cors, origin)) return
  target.setHeader('access-control-allow-origin', origin)
  if (cors.allowCredentials) target.setHeader('access-control-allow-credentials', 'true')
  setUnlessEmpty(target, 'access-control-expose-headers', cors.exposeHeaders)
}

/** A matcher that fits `*` allows every origin, as in Envoy. */
function isOriginAllowed(cors: PreparedCors, origin: string): boolean {
  for (const matcher of cors.origins) if (matcher.matches('*') || matcher.matches(origin)) return true
  return false
}

function isBlank(value: string | undefined): value is undefined | '' {
  return value === undefined || value === ''
}

function setUnlessEmpty(target: FieldTarget, name: string, value: string): void {
  if (value !== '') target.setHeader(name, value)
}
