/** What a workload lets in. AuthorizationPolicies and RequestAuthentications add up; for PeerAuthentication see there. */
import type { GatewaySnapshot, InboundSnapshot, LocalRateLimit, PathNormalization } from '@meshmart/mesh-policy'
import { LOCAL_RATE_LIMIT, readRateLimit } from '../checks/annotations.ts'
import { nameOf, type ResourceOf } from '../resource.ts'
import { compileAuthorizationPolicy } from './authorization.ts'
import type { PreparedModel } from './model.ts'
import { compilePeerAuthentication } from './peer-authentication.ts'
import { compileRequestAuthentication } from './request-authentication.ts'
import { appliesTo, hasSelector, mayApplyTo, type Labels, type Subject } from './selection.ts'
import { workloadTelemetry } from './telemetry.ts'

/** @param labels that the control plane gives the workload; @param replicas labels of its leases */
export function compileInbound(
  model: PreparedModel,
  namespace: string,
  workload: string,
  labels: Labels,
  replicas: readonly Labels[],
): InboundSnapshot {
  const { rootNamespace } = model
  const subject = { namespace, rootNamespace, labels, replicas }
  const restricts = ({ spec }: ResourceOf<'AuthorizationPolicy'>) =>
    spec.action !== undefined && spec.action !== 'ALLOW'
  const policies = inScope(model, 'AuthorizationPolicy', subject).filter((policy) => {
    return restricts(policy) ? mayApplyTo(policy, subject) : appliesTo(policy, subject)
  })
  const authentications = inScope(model, 'RequestAuthentication', subject).filter((each) => appliesTo(each, subject))
  const localRateLimit = compileRateLimit(inScope(model, 'Sidecar', subject), subject)
  const telemetry = workloadTelemetry(model, { namespace, labels })
  const aliases = model.meshConfig.trustDomainAliases ?? []
  return {
    namespace,
    workload,
    peerAuthentication: compilePeerAuthentication(model, subject),
    ...(aliases.length > 0 && { trustDomainAliases: aliases }),
    ...guards(model, policies, authentications),
    ...(localRateLimit && { localRateLimit }),
    ...(telemetry && { telemetry }),
  }
}

/** Of the workload's namespace and of the root. */
function inScope<K extends 'AuthorizationPolicy' | 'RequestAuthentication' | 'Sidecar'>(
  model: PreparedModel,
  kind: K,
  { namespace, rootNamespace }: Subject,
) {
  return [...new Set([rootNamespace, namespace])].flatMap((each) => model.within(kind, each))
}

/**
 * What the edge itself lets in. Which namespace its process is in no Gateway says: policies count that select its labels, in the namespaces
 * of its Gateways or the root, and those of the root for everybody. A namespace's own policy without a selector means its services.
 */
export function compileGatewayInbound(
  model: PreparedModel,
  selector: Labels,
  namespaces: readonly string[],
): NonNullable<GatewaySnapshot['inbound']> {
  const { rootNamespace } = model
  const subjects = namespaces.map((namespace): Subject => ({
    namespace,
    rootNamespace,
    labels: selector,
    replicas: [],
  }))
  const selects = (policy: ResourceOf<'AuthorizationPolicy'> | ResourceOf<'RequestAuthentication'>) =>
    (hasSelector(policy) || policy.namespace === rootNamespace) &&
    subjects.some((subject) => appliesTo(policy, subject))
  const limit = compileRateLimit(
    model.of('Sidecar').filter(({ spec }) => Object.keys(spec.workloadSelector?.labels ?? {}).length > 0),
    subjects[0] ?? { namespace: rootNamespace, rootNamespace, labels: selector, replicas: [] },
  )
  return {
    namespace: namespaces[0] ?? rootNamespace,
    workload: Object.values(selector).join('-'),
    ...guards(
      model,
      model.of('AuthorizationPolicy').filter(selects),
      model.of('RequestAuthentication').filter(selects),
    ),
    ...(limit && { localRateLimit: limit }),
  }
}

function guards(
  model: PreparedModel,
  policies: readonly ResourceOf<'AuthorizationPolicy'>[],
  authentications: readonly ResourceOf<'RequestAuthentication'>[],
): Pick<InboundSnapshot, 'authorizationPolicies' | 'requestAuthentications' | 'pathNormalization'> {
  const normalization = pathNormalization(model)
  return {
    authorizationPolicies: policies.map((policy) => compileAuthorizationPolicy(policy, model)),
    ...(authentications.length > 0 && { requestAuthentications: authentications.map(compileRequestAuthentication) }),
    ...(normalization && { pathNormalization: normalization }),
  }
}

/** DEFAULT is BASE, as in Istio. */
function pathNormalization({ meshConfig }: PreparedModel): PathNormalization | null {
  const written = meshConfig.pathNormalization?.normalization
  if (written === undefined) return null
  return written === 'DEFAULT' ? 'BASE' : written
}

/** As with Istio's Sidecars one speaks: that which selects the workload, else its namespace's, else the root's. */
function compileRateLimit(sidecars: readonly ResourceOf<'Sidecar'>[], subject: Subject): LocalRateLimit | null {
  const limiting = sidecars
    .filter(({ annotations }) => annotations[LOCAL_RATE_LIMIT] !== undefined)
    .map((sidecar) => {
      const { namespace, spec } = sidecar
      return { sidecar, namespace, spec: { selector: { matchLabels: spec.workloadSelector?.labels ?? {} } } }
    })
    .filter((each) => mayApplyTo(each, subject))
  const speaking =
    limiting.find(hasSelector) ??
    limiting.find(({ namespace }) => namespace !== subject.rootNamespace) ??
    limiting.find(({ namespace }) => namespace === subject.rootNamespace)
  const text = speaking?.sidecar.annotations[LOCAL_RATE_LIMIT]
  return speaking === undefined || text === undefined
    ? null
    : { source: nameOf(speaking.sidecar), ...readRateLimit(text) }
}
