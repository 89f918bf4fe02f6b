/** Every analyser. The order does not matter: findings are sorted. */
import type { Analyzer } from './analyzer.ts'
import { denyingPolicies, selectorsOfRegistry, tokensRequired } from './analyzers/access.ts'
import { kubernetesAnnotations } from './analyzers/annotations.ts'
import { policyNamespaces, policyWorkloads, selectorsOfGatewayPods } from './analyzers/authorization-policies.ts'
import { conflictingGateways } from './analyzers/conflicting-gateways.ts'
import { deprecatedFields } from './analyzers/deprecated-fields.ts'
import { destinationHosts, destinationSubsets, subsetsBehindGateways } from './analyzers/destination-hosts.ts'
import { destinationRuleHosts, serverCertificates } from './analyzers/destination-rules.ts'
import { duplicateCertificates, gatewayWorkloads } from './analyzers/gateways.ts'
import { envoyFilterPatches } from './analyzers/envoy-filters.ts'
import { applicationUsers, namespaceInjection, podInjection } from './analyzers/injection.ts'
import { jwtClaimRoutes } from './analyzers/jwt-claim-routes.ts'
import { deploymentServices, servicePortNames } from './analyzers/kubernetes-services.ts'
import { conflictingMeshHosts } from './analyzers/mesh-hosts.ts'
import { duplicates, overriddenRules, shadowedEntries } from './analyzers/overridden.ts'
import { authorizers, delegates, selectedEndpoints } from './analyzers/references.ts'
import { serviceEntryAddresses, serviceEntryProtocols } from './analyzers/service-entries.ts'
import { sidecarSelectors } from './analyzers/sidecars.ts'
import { subsetEndpoints } from './analyzers/subset-endpoints.ts'
import { telemetryProviders, telemetrySelectors } from './analyzers/telemetries.ts'
import { retriesWithinTimeouts, timeouts } from './analyzers/timeouts.ts'
import { unreachableRoutes } from './analyzers/unreachable-routes.ts'
import { virtualServiceGateways } from './analyzers/virtual-service-gateways.ts'

/** Istio's. */
const ISTIO: readonly Analyzer[] = [
  destinationHosts,
  destinationSubsets,
  subsetsBehindGateways,
  virtualServiceGateways,
  jwtClaimRoutes,
  conflictingMeshHosts,
  unreachableRoutes,
  deprecatedFields,
  gatewayWorkloads,
  duplicateCertificates,
  conflictingGateways,
  destinationRuleHosts,
  serverCertificates,
  serviceEntryAddresses,
  serviceEntryProtocols,
  sidecarSelectors,
  telemetrySelectors,
  telemetryProviders,
  policyWorkloads,
  policyNamespaces,
  selectorsOfGatewayPods,
  servicePortNames,
  deploymentServices,
  namespaceInjection,
  podInjection,
  applicationUsers,
  kubernetesAnnotations,
  envoyFilterPatches,
]
/** Ours: what Istio lets pass. */
const OWN: readonly Analyzer[] = [
  subsetEndpoints,
  timeouts,
  retriesWithinTimeouts,
  denyingPolicies,
  tokensRequired,
  selectorsOfRegistry,
  delegates,
  authorizers,
  selectedEndpoints,
  duplicates,
  shadowedEntries,
  overriddenRules,
]

export const ANALYZERS: readonly Analyzer[] = [...ISTIO, ...OWN]
/** Those that may say that a resource cannot be applied. */
export const REFUSING: readonly Analyzer[] = [duplicates]
