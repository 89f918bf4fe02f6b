/** What a resource means, kind by kind: everything that its structure alone does not tell. */
import type { Findings } from '../problem.ts'
import type { Resource } from '../resource.ts'
import { checkAnnotations } from './annotations.ts'
import { checkAuthorizationPolicy } from './authorization-policy.ts'
import { checkDestinationRule } from './destination-rule.ts'
import { checkEnvoyFilter } from './envoy-filter.ts'
import { checkGateway } from './gateway.ts'
import { checkPeerAuthentication } from './peer-authentication.ts'
import { checkProxyConfig } from './proxy-config.ts'
import { checkRequestAuthentication } from './request-authentication.ts'
import { checkServiceEntry } from './service-entry.ts'
import { checkSidecar } from './sidecar.ts'
import { checkTelemetry } from './telemetry.ts'
import { checkVirtualService } from './virtual-service.ts'
import { checkWasmPlugin } from './wasm-plugin.ts'
import { checkWorkloadEntry } from './workload.ts'
import { checkWorkloadGroup } from './workload-group.ts'

export function checkResource(resource: Resource, findings: Findings): void {
  checkKind(resource, findings)
  checkAnnotations(resource, findings)
}

function checkKind(resource: Resource, findings: Findings): void {
  switch (resource.kind) {
    case 'Gateway':
      return checkGateway(resource, findings)
    case 'VirtualService':
      return checkVirtualService(resource, findings)
    case 'DestinationRule':
      return checkDestinationRule(resource, findings)
    case 'ServiceEntry':
      return checkServiceEntry(resource, findings)
    case 'WorkloadEntry':
      return checkWorkloadEntry(resource.spec, findings)
    case 'Sidecar':
      return checkSidecar(resource, findings)
    case 'PeerAuthentication':
      return checkPeerAuthentication(resource.spec, findings)
    case 'RequestAuthentication':
      return checkRequestAuthentication(resource.spec, findings)
    case 'AuthorizationPolicy':
      return checkAuthorizationPolicy(resource.spec, findings)
    case 'Telemetry':
      return checkTelemetry(resource.spec, findings)
    case 'EnvoyFilter':
      return checkEnvoyFilter(resource.spec, findings)
    case 'WasmPlugin':
      return checkWasmPlugin(resource.spec, findings)
    case 'ProxyConfig':
      return checkProxyConfig(resource.spec, findings)
    case 'WorkloadGroup':
      return checkWorkloadGroup(resource.spec, findings)
    // The mesh configuration has its own reader, `mesh-config/`.
    case 'ConfigMap':
  }
}
