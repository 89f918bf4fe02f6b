/** What the mesh decides: pure functions and small state machines; clock and randomness are arguments. */
export type {
  EndpointsSnapshot,
  Endpoint,
  OutboundSnapshot,
  GatewaySnapshot,
  GatewayServer,
  VirtualHost,
  Route,
  StringMatch,
  RouteMatch,
  WeightedDestination,
  RetryPolicy,
  Cluster,
  OutlierDetection,
  InboundSnapshot,
  CompiledAuthorizationPolicy,
  AuthorizationRule,
  AuthorizationSource,
  AuthorizationOperation,
} from './snapshot.ts'
export {
  authorise,
  preparePolicies,
  type AuthorizableRequest,
  type AuthorizationDecision,
  type PreparedPolicies,
} from './authorization.ts'
export { pathTemplateProblem } from './authorization-match.ts'
export { ClusterState, type EndpointState, type EndpointHealth } from './cluster-state.ts'
export { DEADLINE_HEADER, effectiveDeadline, tryTimeoutMs, formatDeadline, parseDeadline } from './deadline.ts'
export { recordOutcome, sweepEjections, isEndpointFailure } from './outlier-detection.ts'
export { normalisePath } from './path-normalisation.ts'
export { buildPicker, endpointsOfCluster, type Candidate, type Picker } from './picker.ts'
export { regexProblem } from './regex.ts'
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
  prepareRetryPolicy,
  type PreparedRetryPolicy,
  type RepeatableRequest,
  type TryOutcome,
} from './retry.ts'
export { retryBackoffMs, withinRetryBudget } from './retry-pace.ts'
export { matchRoute, prepareRoutes, queryParameter, type RoutableRequest, type RouteTable } from './route-match.ts'
export { parseSpiffeId, formatSpiffeId, principalOf, type SpiffeId } from './spiffe.ts'
export {
  prepareVirtualHosts,
  matchVirtualHost,
  hostMatches,
  compareHostSpecificity,
  hostOfAuthority,
  type VirtualHostTable,
} from './virtual-host.ts'
export { chooseDestination } from './weighted-choice.ts'
