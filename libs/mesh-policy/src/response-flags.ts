/**
 * Why the mesh answered instead of the service, or how a request ended: Envoy's response flags, as they stand in access logs, metrics and
 * spans, with the reason in words and the status that goes with it. One catalogue, so that every placement says the same.
 */

export interface ResponseFlag {
  readonly code: string
  /** Envoy's long name. */
  readonly name: string
  /** Status of the mesh's own answer; 0 where there is none to give. */
  readonly status: number
  readonly words: string
}

export const RESPONSE_FLAGS = {
  UH: flag('UH', 'NoHealthyUpstream', 503, 'no healthy endpoint: none is registered, or all are ejected'),
  UF: flag('UF', 'UpstreamConnectionFailure', 503, 'no connection to the endpoint could be made'),
  UO: flag('UO', 'UpstreamOverflow', 503, 'the connection or request limit of the service is reached'),
  NR: flag('NR', 'NoRouteFound', 404, 'no route fits this request'),
  NC: flag('NC', 'NoClusterFound', 503, 'the route leads to a cluster that does not exist'),
  URX: flag('URX', 'UpstreamRetryLimitExceeded', 503, 'the last of the allowed tries failed'),
  UT: flag('UT', 'UpstreamRequestTimeout', 504, 'the service did not answer in time'),
  UC: flag('UC', 'UpstreamConnectionTermination', 503, 'the service closed the connection before it answered'),
  UPE: flag('UPE', 'UpstreamProtocolError', 502, 'the service answered with something that is not HTTP'),
  UR: flag('UR', 'UpstreamRemoteReset', 503, 'the service reset the request'),
  LR: flag('LR', 'LocalReset', 503, 'this proxy reset the request'),
  UMSDR: flag('UMSDR', 'UpstreamMaxStreamDurationReached', 504, 'the request took longer than any may take'),
  DF: flag('DF', 'DnsResolutionFailed', 503, 'the name of the service could not be resolved'),
  DC: flag('DC', 'DownstreamConnectionTermination', 0, 'the caller went away'),
  DPE: flag('DPE', 'DownstreamProtocolError', 400, 'the request is not well-formed HTTP'),
  IH: flag('IH', 'InvalidEnvoyRequestHeaders', 400, 'a field that is meant for this proxy has an impossible value'),
  DT: flag('DT', 'DurationTimeout', 408, 'the request took too long to arrive'),
  RL: flag('RL', 'RateLimited', 429, 'the rate limit is reached'),
  UAEX: flag('UAEX', 'UnauthorizedExternalService', 403, 'access denied by policy'),
  // The status of an injected fault is what its route says.
  FI: flag('FI', 'FaultInjected', 0, 'the route injects this fault'),
  DI: flag('DI', 'DelayInjected', 0, 'the route injects a delay'),
  SI: flag('SI', 'StreamIdleTimeout', 504, 'nothing moved for too long'),
} as const satisfies Readonly<Record<string, ResponseFlag>>

export type ResponseFlagCode = keyof typeof RESPONSE_FLAGS

/** Body of the answer to a request that authorisation refuses: Envoy's words, status 403. */
export const RBAC_DENIED_BODY = 'RBAC: access denied'

/** Envoy's response code details for a refusal, as they stand in the access log. @param policy null where no policy allowed it */
export function rbacDeniedDetails(policy: string | null): string {
  return `rbac_access_denied_matched_policy[${policy === null ? 'none' : policy.replaceAll(/\s/g, '_')}]`
}

/** A host that the registry does not know, in a mesh of REGISTRY_ONLY: Istio's BlackHoleCluster, status 502. */
export function unknownHostWords(host: string): string {
  return `${host} is not known to the mesh: register a service or write a ServiceEntry for it`
}

function flag(code: string, name: string, status: number, words: string): ResponseFlag {
  return { code, name, status, words }
}
