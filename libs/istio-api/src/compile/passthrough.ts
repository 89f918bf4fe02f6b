/**
 * A host that the mesh does not know, where `outboundTrafficPolicy` lets it pass: straight to the host's own name, in plain text, without routes and
 * without timeout, as Istio's PassthroughCluster. Not for names of the mesh's own domain and not for short names: what has a name there has an
 * identity to prove, and a typing error must not end at whoever answers to it elsewhere.
 */
import type { OutboundView } from '@meshmart/mesh-policy'
import { DEFAULT_PORT, type PreparedModel } from './model.ts'
import { connectTimeoutMs } from './traffic-policy.ts'
import type { SidecarScope } from './sidecar-scope.ts'

export const PASSTHROUGH_CLUSTER = 'PassthroughCluster'
export const DYNAMIC_DNS_CLUSTER = 'AllowAnyDynamicDNSCluster'

const isOutside = (host: string): boolean => host.includes('.') && !/(?:^|\.)(?:svc|cluster\.local)$/.test(host)

/** Whether anybody may pass to a host. It has no endpoints but itself, and that has to be said: who waits for endpoints cannot tell late from none. */
export function mayPass(model: PreparedModel, host: string): boolean {
  return model.sidecars.letsPass && isOutside(host) && model.services.find(host) === null
}

/** Null where the host may not pass. */
export function passthroughView(model: PreparedModel, host: string, scope: SidecarScope): OutboundView | null {
  const mode = scope.outboundTrafficPolicy
  if (mode === 'REGISTRY_ONLY' || !isOutside(host)) return null
  const cluster = mode === 'ALLOW_ANY' ? PASSTHROUGH_CLUSTER : DYNAMIC_DNS_CLUSTER
  // The name says who it is, and that it is for this host alone: endpoints and connections belong to a host.
  const name = `${cluster}|${host}`
  return {
    routes: [
      {
        name: mode === 'ALLOW_ANY' ? 'allow_any' : 'allow_any_dynamic_dns',
        source: scope.source ?? 'outboundTrafficPolicy',
        match: [],
        destinations: [{ cluster: name, weight: 100 }],
        timeoutMs: 0,
        retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] },
      },
    ],
    clusters: {
      [name]: {
        name,
        host,
        port: DEFAULT_PORT,
        portOfRequest: true,
        subset: null,
        subsetLabels: {},
        loadBalancer: 'PASSTHROUGH',
        tls: 'DISABLE',
        connectTimeoutMs: connectTimeoutMs(undefined, model.meshConfig.connectTimeout),
        outlierDetection: null,
      },
    },
  }
}
