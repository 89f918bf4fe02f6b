/** What a route does besides sending on: redirect, direct response, fault, CORS. Values were checked when the resource was read. */
import type { CorsPolicy, DirectResponse, Fault, Redirect } from '@meshmart/mesh-policy'
import { textOfBytes } from '../base64.ts'
import { durationOr } from '../duration.ts'
import { GRPC_STATUS } from '../grpc-status.ts'
import type { HttpRouteSpec } from '../resource.ts'
import { stringMatch } from './http-match.ts'

const MOVED_PERMANENTLY = 301

/** @param scheme of the listener; Istio leaves a port away that the scheme has anyway */
export function compileRedirect(written: NonNullable<HttpRouteSpec['redirect']>, scheme: 'http' | 'https'): Redirect {
  const { uri = '', authority = '', port, derivePort } = written
  const towards = written.scheme === undefined || written.scheme === '' ? scheme : written.scheme
  const isDefault = (port === 80 && towards === 'http') || (port === 443 && towards === 'https')
  return {
    ...(written.scheme !== undefined && written.scheme !== '' && { scheme: written.scheme }),
    ...(authority !== '' && { authority }),
    ...(port !== undefined && !isDefault && { port }),
    ...(port !== undefined && isDefault && { derivePort: 'FROM_PROTOCOL_DEFAULT' as const }),
    ...(derivePort !== undefined && { derivePort }),
    ...(uri !== '' && { uri }),
    status: written.redirectCode === undefined || written.redirectCode === 0 ? MOVED_PERMANENTLY : written.redirectCode,
  }
}

export function compileDirectResponse(written: NonNullable<HttpRouteSpec['directResponse']>): DirectResponse {
  const { string, bytes } = written.body ?? {}
  return { status: written.status, body: string ?? (bytes === undefined ? '' : (textOfBytes(bytes) ?? '')) }
}

/** Without a percentage a fault never happens, as in Istio. */
export function compileFault({ delay, abort }: NonNullable<HttpRouteSpec['fault']>): Fault {
  return {
    ...(delay?.fixedDelay !== undefined && {
      delay: {
        fixedDelayMs: durationOr(delay.fixedDelay, 0),
        percentage: delay.percentage?.value ?? delay.percent ?? 0,
      },
    }),
    ...(abort !== undefined && { abort: compileAbort(abort) }),
  }
}

type AbortSpec = NonNullable<NonNullable<HttpRouteSpec['fault']>['abort']>

/** A gRPC failure is an answer 200 whose `grpc-status` tells it. */
function compileAbort({ httpStatus, grpcStatus, percentage }: AbortSpec): NonNullable<Fault['abort']> {
  const share = percentage === undefined ? 0 : (percentage.value ?? 0)
  if (grpcStatus === undefined) return { httpStatus: httpStatus ?? 503, grpcStatus: null, percentage: share }
  return { httpStatus: 200, grpcStatus: GRPC_STATUS[grpcStatus] ?? 2, percentage: share }
}

export function compileCors(written: NonNullable<HttpRouteSpec['corsPolicy']>): CorsPolicy {
  const origins =
    written.allowOrigins?.flatMap((origin) => stringMatch(origin) ?? []) ??
    (written.allowOrigin ?? []).map((value) => ({ kind: 'exact' as const, value }))
  return {
    allowOrigins: origins,
    allowMethods: written.allowMethods ?? [],
    allowHeaders: written.allowHeaders ?? [],
    exposeHeaders: written.exposeHeaders ?? [],
    maxAgeSeconds: written.maxAge === undefined ? null : durationOr(written.maxAge, 0) / 1000,
    allowCredentials: written.allowCredentials ?? false,
    unmatchedPreflights: written.unmatchedPreflights === 'IGNORE' ? 'IGNORE' : 'FORWARD',
  }
}
