/**
 * What a workload lets in. PeerAuthentication: the most specific wins (a selector that fits, then the namespace, then the root namespace), and
 * STRICT where none speaks: Istio's own default is PERMISSIVE. AuthorizationPolicies and RequestAuthentications add up.
 */
import type {
  GatewaySnapshot,
  InboundSnapshot,
  LocalRateLimit,
  MtlsMode,
  PathNormalization,
} from '@meshmart/mesh-policy'
import { LOCAL_RATE_LIMIT, readRateLimit } from '../checks/annotations.ts'
import { nameOf, ofKind, type ResourceOf } from '../resource.ts'
import { compileAuthorizationPolicy } from './authorization.ts'
import { ROOT_NAMESPACE, type PreparedModel } from './model.ts'
import { compileRequestAuthentication } from './request-authentication.ts'
import { appliesTo, hasSelector, mayApplyTo, type Labels, type Subject } from './selection.ts'

/** @param labels that the control plane gives the workload; @param replicas labels of its leases */
export function compileInbound(
  model: PreparedModel,
  namespace: string,
  workload: string,
  labels: Labels,
  replicas: readonly Labels[],
): InboundSnapshot {
  const subject = { namespace, labels, replicas }
  const restricts = ({ spec }: ResourceOf<'AuthorizationPolicy'>) =>
    spec.action !== undefined && spec.action !== 'ALLOW'
  const policies = ofKind(model.resources, 'AuthorizationPolicy').filter((policy) => {
    return restricts(policy) ? mayApplyTo(policy, subject) : appliesTo(policy, subject)
  })
  const authentications = ofKind(model.resources, 'RequestAuthentication').filter((each) => appliesTo(each, subject))
  const localRateLimit = compileRateLimit(ofKind(model.resources, 'Sidecar'), subject)
  return {
    namespace,
    workload,
    peerAuthentication: compilePeerAuthentication(ofKind(model.resources, 'PeerAuthentication'), subject),
    ...guards(model, policies, authentications),
    ...(localRateLimit && { localRateLimit }),
  }
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
  const subjects = namespaces.map((namespace): Subject => ({ namespace, labels: selector, replicas: [] }))
  const selects = (policy: ResourceOf<'AuthorizationPolicy'> | ResourceOf<'RequestAuthentication'>) =>
    (hasSelector(policy) || policy.namespace === ROOT_NAMESPACE) &&
    subjects.some((subject) => appliesTo(policy, subject))
  const limit = compileRateLimit(
    ofKind(model.resources, 'Sidecar').filter(
      ({ spec }) => Object.keys(spec.workloadSelector?.labels ?? {}).length > 0,
    ),
    subjects[0] ?? { namespace: ROOT_NAMESPACE, labels: selector, replicas: [] },
  )
  return {
    namespace: namespaces[0] ?? ROOT_NAMESPACE,
    workload: Object.values(selector).join('-'),
    ...guards(
      model,
      ofKind(model.resources, 'AuthorizationPolicy').filter(selects),
      ofKind(model.resources, 'RequestAuthentication').filter(selects),
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
    authorizationPolicies: policies.map((policy) => compileAuthorizationPolicy(policy, model.meshConfig)),
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

type PeerAuthentication = ResourceOf<'PeerAuthentication'>

function compilePeerAuthentication(
  policies: readonly PeerAuthentication[],
  subject: Subject,
): InboundSnapshot['peerAuthentication'] {
  const applying = policies.filter((policy) => appliesTo(policy, subject))
  const own = applying.find(hasSelector)
  const byScope = [
    own,
    applying.find((policy) => !hasSelector(policy) && policy.namespace !== ROOT_NAMESPACE),
    applying.find((policy) => !hasSelector(policy) && policy.namespace === ROOT_NAMESPACE),
  ]
  const ports = portModes(own)
  for (const policy of byScope) {
    const mode = policy?.spec.mtls?.mode
    // UNSET passes the question on to the next wider scope.
    if (policy !== undefined && mode !== undefined && mode !== 'UNSET') {
      return { mode, source: nameOf(policy), ...(ports && { ports }) }
    }
  }
  return { mode: 'STRICT', source: 'default', ...(ports && { ports }) }
}

/** A port that is UNSET has the workload's mode. */
function portModes(policy: PeerAuthentication | undefined): Record<string, MtlsMode> | null {
  const modes = Object.entries(policy?.spec.portLevelMtls ?? {}).flatMap(([port, { mode }]): [string, MtlsMode][] => {
    return mode === undefined || mode === 'UNSET' ? [] : [[port, mode]]
  })
  return modes.length === 0 ? null : Object.fromEntries(modes)
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
    limiting.find(({ namespace }) => namespace !== ROOT_NAMESPACE) ??
    limiting.find(({ namespace }) => namespace === ROOT_NAMESPACE)
  const text = speaking?.sidecar.annotations[LOCAL_RATE_LIMIT]
  return speaking === undefined || text === undefined
    ? null
    : { source: nameOf(speaking.sidecar), ...readRateLimit(text) }
}
