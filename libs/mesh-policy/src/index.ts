/** What the mesh decides: pure functions and small state machines; clock and randomness are arguments. */
export type {
  EndpointsSnapshot,
  Endpoint,
  OutboundSnapshot,
  OutboundView,
  GatewaySnapshot,
  GatewayServer,
  VirtualHost,
  Route,
  StringMatch,
  RouteMatch,
  ClaimMatch,
  WeightedDestination,
  RetryPolicy,
  Cluster,
  ConsistentHash,
  SlowStart,
  LocalityPolicy,
  ConnectionPool,
  RetryBudget,
  OutlierDetection,
  InboundSnapshot,
  CompiledAuthorizationPolicy,
  AuthorizationRule,
  AuthorizationSource,
  AuthorizationOperation,
  AuthorizationCondition,
  TcpPort,
  TcpRoute,
  TcpMatch,
  GatewayTls,
  Redirect,
  DirectResponse,
  Rewrite,
  HeaderOperations,
  FieldOperations,
  Fault,
  Mirror,
  CorsPolicy,
  ClientTlsSettings,
  MtlsMode,
  PathNormalization,
  LocalRateLimit,
  TelemetryPolicy,
  TelemetryMode,
  CustomTag,
  MetricOverride,
  CompiledRequestAuthentication,
  JwtRule,
  ExternalAuthorizer,
  TrustSnapshot,
} from './snapshot.ts'
export { accessFilterProblem, prepareAccessFilter, type AccessFilter, type LoggedRequest } from './access-filter.ts'
export {
  auditedBy,
  authorise,
  authoriseConnection,
  customAuthorizers,
  preparePolicies,
  type AuthorizationDecision,
  type PreparedPolicies,
} from './authorization.ts'
export {
  conditionProblem,
  conditionValueProblem,
  type AuthorizableConnection,
  type AuthorizableRequest,
} from './authorization-checks.ts'
export { pathTemplateProblem } from './authorization-match.ts'
export { CircuitBreakers } from './circuit-breakers.ts'
export { ClusterState, type EjectionCause, type EndpointState, type EndpointHealth } from './cluster-state.ts'
export { hashKeyOf, newHashCookie, type HashableRequest, type HashCookie } from './consistent-hash.ts'
export { corsPreflight, corsResponseFields, corsVerdict, type PreparedCors } from './cors.ts'
export { DEADLINE_HEADER, effectiveDeadline, tryTimeoutMs, formatDeadline, parseDeadline } from './deadline.ts'
export { alsoExcluded, type Excluded } from './excluded.ts'
export { chooseFault, type FaultDecision, type PreparedFault } from './fault.ts'
export { hashOf } from './hash.ts'
export { HostIndex } from './host-index.ts'
export { headerValueProblem, type ValueSource } from './header-format.ts'
export { applyOperations, type FieldTarget, type PreparedOperations } from './header-operations.ts'
export { ipBlockProblem, prepareIpBlocks, type IpBlocks } from './ip-blocks.ts'
export { claimOf, type JwtClaims } from './jwt.ts'
export { CLOCK_SKEW_MS, claimText, judgeClaims, readClaims, type RegisteredClaims } from './jwt-claims.ts'
export { JWT_FAILURES, type JwtFailure } from './jwt-failure.ts'
export { TokenPlaces, withoutParameter, type FoundToken } from './token-places.ts'
export { chooseMirrors, type PreparedMirrors } from './mirror.ts'
export { recordOutcome, sweepEjections, type Sweep } from './outlier-detection.ts'
export { normalisePath } from './path-normalisation.ts'
export { buildPicker, endpointsOfCluster, type Candidate, type Picker, type PickerContext } from './picker.ts'
export type { PreparedDestination, PreparedRoute } from './prepared-route.ts'
export { viewOf, type Reader } from './reader.ts'
export { redirectLocation, type PreparedRedirect } from './redirect.ts'
export { loadRegexEngine, needsRegexEngine, regexProblem, substitutionProblem } from './regex.ts'
export {
  RESPONSE_FLAGS,
  RBAC_DENIED_BODY,
  rbacDeniedDetails,
  unknownHostWords,
  type ResponseFlag,
  type ResponseFlagCode,
} from './response-flags.ts'
export {
  DEFAULT_RETRY_POLICY,
  isRetriable,
  isRetryOnWord,
  isSafeToRepeat,
  prepareRetryPolicy,
  type PreparedRetryPolicy,
  type RepeatableRequest,
  type TryOutcome,
} from './retry.ts'
export { delayMs, type Rhythm } from './back-off.ts'
export { retryBackoffMs } from './retry-pace.ts'
export { rewriteTarget, type PreparedRewrite } from './rewrite.ts'
export { matchRoute, prepareRoutes, queryParameter, type RoutableRequest, type RouteTable } from './route-match.ts'
export { portOfAuthority } from './route-conditions.ts'
export { isWarming, nextWarmupRebuild } from './slow-start.ts'
export { parseSpiffeId, formatSpiffeId, principalOf, type SpiffeId } from './spiffe.ts'
export { matchTcpRoute, prepareTcpRoutes, type RoutableConnection, type TcpRouteTable } from './tcp-route.ts'
export { TokenBucket } from './token-bucket.ts'
export {
  prepareVirtualHosts,
  matchVirtualHost,
  hostMatches,
  compareHostSpecificity,
  hostOfAuthority,
  type VirtualHostTable,
} from './virtual-host.ts'
export { chooseDestination } from './weighted-choice.ts'
export { carriageOfPort, carriageOfProtocol, type Carriage } from './port-protocol.ts'
