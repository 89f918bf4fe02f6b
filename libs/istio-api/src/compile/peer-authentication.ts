/**
 * PeerAuthentication: the most specific wins (a selector that fits, then the namespace, then the root namespace), of equals the oldest; UNSET passes the
 * question on to the next wider scope. STRICT where none speaks: Istio's own default is PERMISSIVE. A selector in the root namespace selects nobody
 * there and nobody elsewhere, as in Istio. Source: pilot/pkg/security/authn/policy_applier.go.
 */
import type { InboundSnapshot, MtlsMode } from '@meshmart/mesh-policy'
import { nameOf, type ResourceOf } from '../resource.ts'
import type { PreparedModel } from './model.ts'
import { appliesTo, hasSelector, type Subject } from './selection.ts'

type PeerAuthentication = ResourceOf<'PeerAuthentication'>

export function compilePeerAuthentication(
  model: PreparedModel,
  subject: Subject,
): InboundSnapshot['peerAuthentication'] {
  const { rootNamespace } = model
  const own =
    subject.namespace === rootNamespace
      ? undefined
      : model
          .within('PeerAuthentication', subject.namespace)
          .find((policy) => hasSelector(policy) && appliesTo(policy, subject))
  const ports = portModes(own)
  for (const policy of [own, ...namespaceWide(model, subject.namespace)]) {
    const mode = policy === undefined ? null : modeOf(policy)
    if (policy !== undefined && mode !== null) return { mode, source: nameOf(policy), ...(ports && { ports }) }
  }
  return { mode: 'STRICT', source: 'default', ...(ports && { ports }) }
}

/** What a client may take for granted of a whole namespace, before it knows a workload: Istio's auto mTLS asks no more. Null where nobody speaks. */
export function meshWideMtls(model: PreparedModel, namespace: string): MtlsMode | null {
  for (const policy of namespaceWide(model, namespace)) {
    const mode = modeOf(policy)
    if (mode !== null) return mode
  }
  return null
}

/** Those without a selector: of the namespace, then of the root. */
function namespaceWide(model: PreparedModel, namespace: string): PeerAuthentication[] {
  return [...new Set([namespace, model.rootNamespace])].flatMap((each) => {
    return model.within('PeerAuthentication', each).find((policy) => !hasSelector(policy)) ?? []
  })
}

function modeOf({ spec }: PeerAuthentication): MtlsMode | null {
  const mode = spec.mtls?.mode
  return mode === undefined || mode === 'UNSET' ? null : mode
}

/** A port that is UNSET has the workload's mode. */
function portModes(policy: PeerAuthentication | undefined): Record<string, MtlsMode> | null {
  const modes = Object.entries(policy?.spec.portLevelMtls ?? {}).flatMap(([port, { mode }]): [string, MtlsMode][] => {
    return mode === undefined || mode === 'UNSET' ? [] : [[port, mode]]
  })
  return modes.length === 0 ? null : Object.fromEntries(modes)
}
