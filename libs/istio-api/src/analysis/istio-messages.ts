/**
 * The messages of `istioctl analyze` that make sense here. Codes, names, levels and wordings are Istio's (pkg/config/analysis/msg/messages.yaml),
 * because scripts and people already know them.
 */
import { defineMessages, listed, quoted } from './message.ts'

export const ISTIO_MESSAGES = defineMessages({
  IST0002: {
    name: 'Deprecated',
    level: 'Warning',
    describe: 'A field that still works and will not for ever.',
    text: (detail: string) => `Deprecated: ${detail}`,
  },
  IST0101: {
    name: 'ReferencedResourceNotFound',
    level: 'Error',
    describe: 'Something is named that is not there: a host, port, subset, gateway, selector, credential or namespace.',
    text: (kind: string, value: string) => `Referenced ${kind} not found: ${quoted(value)}`,
  },
  IST0102: {
    name: 'NamespaceNotInjected',
    level: 'Info',
    describe: 'Pods of the namespace get no sidecar.',
    text: (namespace: string) =>
      `The namespace is not enabled for Istio injection. Run 'kubectl label namespace ${namespace} istio-injection=enabled' to enable it, or 'kubectl label namespace ${namespace} istio-injection=disabled' to explicitly mark it as not needing injection.`,
  },
  IST0103: {
    name: 'PodMissingProxy',
    level: 'Warning',
    describe: 'A pod of a namespace with injection has no sidecar.',
    text: (pod: string) =>
      `The pod ${pod} is missing the Istio proxy. This can often be resolved by restarting or redeploying the workload.`,
  },
  IST0106: {
    name: 'SchemaValidationError',
    level: 'Error',
    refuses: true,
    describe: 'The resource is not valid: it cannot be applied.',
    text: (problem: string) => `Schema validation error: ${problem}`,
  },
  IST0107: {
    name: 'MisplacedAnnotation',
    level: 'Warning',
    describe: 'An annotation stands on a kind of object where nobody reads it.',
    text: (annotation: string, kinds: string) => `Misplaced annotation: ${annotation} can only be applied to ${kinds}`,
  },
  IST0108: {
    name: 'UnknownAnnotation',
    level: 'Warning',
    describe: 'An annotation of an istio.io name that Istio does not know.',
    text: (annotation: string) => `Unknown annotation: ${annotation}`,
  },
  IST0109: {
    name: 'ConflictingMeshGatewayVirtualServiceHosts',
    level: 'Error',
    describe: 'Several VirtualServices speak for one host inside the mesh; the oldest one is heard.',
    text: (virtualServices: string, host: string) =>
      `The VirtualServices ${virtualServices} associated with mesh gateway define the same host ${host} which can lead to undefined behavior. This can be fixed by merging the conflicting VirtualServices into a single resource.`,
  },
  IST0110: {
    name: 'ConflictingSidecarWorkloadSelectors',
    level: 'Error',
    describe: 'Two Sidecars select the same pod.',
    text: (sidecars: readonly string[], namespace: string, pod: string) =>
      `The Sidecars ${listed(sidecars)} in namespace ${quoted(namespace)} select the same workload pod ${quoted(pod)}, which can lead to undefined behavior.`,
  },
  IST0111: {
    name: 'MultipleSidecarsWithoutWorkloadSelectors',
    level: 'Error',
    describe: 'Two Sidecars of one namespace mean all of its workloads.',
    text: (sidecars: readonly string[], namespace: string) =>
      `The Sidecars ${listed(sidecars)} in namespace ${quoted(namespace)} have no workload selector, which can lead to undefined behavior.`,
  },
  IST0112: {
    name: 'VirtualServiceDestinationPortSelectorRequired',
    level: 'Error',
    describe: 'A destination with several ports is named without one.',
    text: (host: string, ports: readonly number[]) =>
      `This VirtualService routes to a service ${quoted(host)} that exposes multiple ports ${listed(ports)}. Specifying a port in the destination is required to disambiguate.`,
  },
  IST0116: {
    name: 'DeploymentAssociatedToMultipleServices',
    level: 'Warning',
    describe: 'Two Services of a Deployment give one port two protocols.',
    text: (deployment: string, port: number, services: readonly string[]) =>
      `This deployment ${deployment} is associated with multiple services using port ${port} but different protocols: ${listed(services)}`,
  },
  IST0118: {
    name: 'PortNameIsNotUnderNamingConvention',
    level: 'Info',
    describe: 'The name of a port does not say its protocol.',
    text: (name: string, port: number, targetPort: string) =>
      `Port name ${name} (port: ${port}, targetPort: ${targetPort}) doesn't follow the naming convention of Istio port.`,
  },
  IST0123: {
    name: 'NamespaceMultipleInjectionLabels',
    level: 'Warning',
    describe: 'A namespace has labels that ask for injection in two ways.',
    text: (labels: readonly string[]) =>
      `The namespace has more than one type of injection labels ${listed(labels)}, which may lead to undefined behavior. Make sure only one injection label exists.`,
  },
  IST0125: {
    name: 'InvalidAnnotation',
    level: 'Warning',
    describe: 'The value of an annotation cannot be read.',
    text: (annotation: string, problem: string) => `Invalid annotation ${annotation}: ${problem}`,
  },
  IST0127: {
    name: 'NoMatchingWorkloadsFound',
    level: 'Warning',
    describe: 'A policy selects nobody.',
    text: (labels: string) => `No matching workloads for this resource with the following labels: ${labels}`,
  },
  IST0128: {
    name: 'NoServerCertificateVerificationDestinationLevel',
    level: 'Warning',
    describe: 'TLS without anything to check the certificate of the server against.',
    text: (rule: string, namespace: string, mode: string, host: string) =>
      `DestinationRule ${rule} in namespace ${namespace} has TLS mode set to ${mode} but no caCertificates are set to validate server identity for host: ${host}`,
  },
  IST0129: {
    name: 'NoServerCertificateVerificationPortLevel',
    level: 'Warning',
    describe: 'The same at one port.',
    text: (rule: string, namespace: string, mode: string, host: string, port: string) =>
      `DestinationRule ${rule} in namespace ${namespace} has TLS mode set to ${mode} but no caCertificates are set to validate server identity for host: ${host} at port ${port}`,
  },
  IST0130: {
    name: 'VirtualServiceUnreachableRule',
    level: 'Warning',
    describe: 'A route that is never reached, because an earlier one takes all of its requests.',
    text: (rule: string, reason: string) => `VirtualService rule ${rule} not used (${reason}).`,
  },
  IST0131: {
    name: 'VirtualServiceIneffectiveMatch',
    level: 'Info',
    describe: 'A condition that an earlier route has already used.',
    text: (rule: string, match: string, earlier: string) =>
      `VirtualService rule ${rule} match ${match} is not used (duplicate/overlapping match in rule ${earlier}).`,
  },
  IST0132: {
    name: 'VirtualServiceHostNotFoundInGateway',
    level: 'Warning',
    describe: 'No server of the Gateway has a host of the VirtualService.',
    text: (hosts: readonly string[], virtualService: string, gateway: string) =>
      `one or more host ${listed(hosts)} defined in VirtualService ${virtualService} not found in Gateway ${gateway}.`,
  },
  IST0133: {
    name: 'SchemaWarning',
    level: 'Warning',
    describe: 'The resource is valid, and something in it is probably not what was meant.',
    text: (problem: string) => `Schema validation warning: ${problem}`,
  },
  IST0134: {
    name: 'ServiceEntryAddressesRequired',
    level: 'Warning',
    describe: 'A port of a ServiceEntry that is not HTTP can only be told by an address.',
    text: () => 'ServiceEntry addresses are required for this protocol.',
  },
  IST0135: {
    name: 'DeprecatedAnnotation',
    level: 'Info',
    describe: 'An annotation that still works and will not for ever.',
    text: (annotation: string, extra: string) =>
      `Annotation ${quoted(annotation)} has been deprecated${extra} and may not work in future Istio versions.`,
  },
  IST0137: {
    name: 'DeploymentConflictingPorts',
    level: 'Warning',
    describe: 'Two Services lead to one port of a Deployment by different ports of their own.',
    text: (deployment: string, services: readonly string[], targetPort: string, ports: readonly number[]) =>
      `This deployment ${deployment} is associated with multiple services ${listed(services)} using targetPort ${quoted(targetPort)} but different ports: ${listed(ports)}.`,
  },
  IST0138: {
    name: 'GatewayDuplicateCertificate',
    level: 'Warning',
    describe:
      'Two Gateways of one workload share a certificate: a browser may take the connection of one for the other.',
    text: (gateways: readonly string[]) =>
      `Duplicate certificate in multiple gateways ${listed(gateways)} may cause 404s if clients re-use HTTP2 connections.`,
  },
  IST0140: {
    name: 'IngressRouteRulesNotAffected',
    level: 'Warning',
    describe: 'The subsets of one VirtualService do not apply to what another one lets in by a Gateway.',
    text: (withSubset: string, virtualService: string) =>
      `Subset in virtual service ${withSubset} has no effect on ingress gateway ${virtualService} requests`,
  },
  IST0144: {
    name: 'InvalidApplicationUID',
    level: 'Warning',
    describe: "The application runs under the sidecar's user.",
    text: () => 'User ID (UID) 1337 is reserved for the sidecar proxy.',
  },
  IST0145: {
    name: 'ConflictingGateways',
    level: 'Error',
    describe: 'Two Gateways have the same workload, port and host.',
    text: (gateways: string, selector: string, port: string, hosts: string) =>
      `Conflict with gateways ${gateways} (workload selector ${selector}, port ${port}, hosts ${hosts}).`,
  },
  IST0146: {
    name: 'ImageAutoWithoutInjectionWarning',
    level: 'Warning',
    describe: 'A Deployment waits for an injection that does not come.',
    text: (kind: string, name: string) =>
      `${kind} ${name} contains \`image: auto\` but does not match any Istio injection webhook selectors.`,
  },
  IST0147: {
    name: 'ImageAutoWithoutInjectionError',
    level: 'Error',
    describe: 'A pod waited for an injection that did not come.',
    text: (kind: string, name: string) =>
      `${kind} ${name} contains \`image: auto\` but does not match any Istio injection webhook selectors.`,
  },
  IST0148: {
    name: 'NamespaceInjectionEnabledByDefault',
    level: 'Info',
    describe: 'The installation injects every namespace that does not refuse.',
    text: () => 'is enabled for Istio injection, as Istio is installed with enableNamespacesByDefault as true.',
  },
  IST0149: {
    name: 'JwtClaimBasedRoutingWithoutRequestAuthN',
    level: 'Error',
    describe: 'A route asks for claims of a token that nobody verifies.',
    text: (key: string, gateway: string, pod: string) =>
      `The virtual service uses the JWT claim based routing (key: ${key}) but found no request authentication for the gateway (${gateway}) pod (${pod}). The request authentication must first be applied for the gateway pods to validate the JWT token and make the claims available for routing.`,
  },
  IST0150: {
    name: 'ExternalNameServiceTypeInvalidPortName',
    level: 'Warning',
    describe: 'An ExternalName service whose port is plain TCP.',
    text: () =>
      'Port name for ExternalName service is invalid. Proxy may prevent tcp named ports and unmatched traffic for ports serving TCP protocol from being forwarded correctly',
  },
  IST0151: {
    name: 'EnvoyFilterUsesRelativeOperation',
    level: 'Warning',
    describe: 'A patch that is put beside another one, whose turn may come later.',
    text: () =>
      'This EnvoyFilter does not have a priority and has a relative patch operation set which can cause the EnvoyFilter not to be applied. Using the INSERT_FIRST of ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.',
  },
  IST0152: {
    name: 'EnvoyFilterUsesReplaceOperationIncorrectly',
    level: 'Error',
    describe: 'A patch that replaces what cannot be replaced.',
    text: () => 'The REPLACE operation is only valid for HTTP_FILTER and NETWORK_FILTER.',
  },
  IST0153: {
    name: 'EnvoyFilterUsesAddOperationIncorrectly',
    level: 'Error',
    describe: 'A patch that adds where nothing can be added.',
    text: () => 'The ADD operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.',
  },
  IST0154: {
    name: 'EnvoyFilterUsesRemoveOperationIncorrectly',
    level: 'Error',
    describe: 'A patch that removes where nothing can be removed.',
    text: () => 'The REMOVE operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.',
  },
  IST0155: {
    name: 'EnvoyFilterUsesRelativeOperationWithProxyVersion',
    level: 'Warning',
    describe: 'The same as IST0151, beside a patch for one version of the proxy.',
    text: () =>
      'This EnvoyFilter does not have a priority and has a relative patch operation (NSTERT_BEFORE/AFTER, REPLACE, MERGE, DELETE) and proxyVersion set which can cause the EnvoyFilter not to be applied during an upgrade. Using the INSERT_FIRST or ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.',
  },
  IST0157: {
    name: 'InvalidTelemetryProvider',
    level: 'Warning',
    describe: 'A Telemetry asks for access logs and names no provider, and there is no default one.',
    text: (name: string, namespace: string) =>
      `The Telemetry ${name} in namespace ${quoted(namespace)} with empty providers will be ignored.`,
  },
  IST0159: {
    name: 'ConflictingTelemetryWorkloadSelectors',
    level: 'Error',
    describe: 'Two Telemetries select the same pod.',
    text: (telemetries: readonly string[], namespace: string, pod: string) =>
      `The Telemetries ${listed(telemetries)} in namespace ${quoted(namespace)} select the same workload pod ${quoted(pod)}, which can lead to undefined behavior.`,
  },
  IST0160: {
    name: 'MultipleTelemetriesWithoutWorkloadSelectors',
    level: 'Error',
    describe: 'Two Telemetries of one namespace mean all of its workloads.',
    text: (telemetries: readonly string[], namespace: string) =>
      `The Telemetries ${listed(telemetries)} in namespace ${quoted(namespace)} have no workload selector, which can lead to undefined behavior.`,
  },
  IST0161: {
    name: 'InvalidGatewayCredential',
    level: 'Error',
    describe: 'The Secret that a Gateway names holds no key and certificate.',
    text: (gateway: string, namespace: string) =>
      `The credential referenced by the Gateway ${gateway} in namespace ${namespace} is invalid, which can cause the traffic not to work as expected.`,
  },
  IST0162: {
    name: 'GatewayPortNotDefinedOnService',
    level: 'Warning',
    describe: 'No Service of the gateway workload leads to the port.',
    text: (port: number, selector: string) =>
      `The gateway is listening on a target port (port ${port}) that is not defined in the Service associated with its workload instances (Pod selector ${selector}). If you need to access the gateway port through the gateway Service, it will not be available.`,
  },
  IST0165: {
    name: 'ReferencedInternalGateway',
    level: 'Warning',
    describe: 'A VirtualService names a Gateway that an implementation made for itself.',
    text: (virtualService: string, gateway: string) =>
      `Gateway reference in VirtualService ${virtualService} is to an implementation-generated internal Gateway: ${gateway}.`,
  },
  IST0166: {
    name: 'IneffectiveSelector',
    level: 'Warning',
    describe: 'A selector does not apply to the pods of a Gateway of the Gateway API.',
    text: (gateway: string) =>
      `Ineffective selector on Kubernetes Gateway ${gateway}. Use the TargetRef field instead.`,
  },
  IST0167: {
    name: 'IneffectivePolicy',
    level: 'Warning',
    describe: 'A resource applies to nobody.',
    text: (reason: string) => `The policy has no impact: ${reason}.`,
  },
  IST0173: {
    name: 'DestinationRuleSubsetNotSelectPods',
    level: 'Error',
    describe: 'No pod carries the labels of a subset.',
    text: (subset: string) =>
      `The Subset ${subset} defined in the DestinationRule does not select any pods. Which may lead to 503 UH (NoHealthyUpstream).`,
  },
  IST0174: {
    name: 'UnknownDestinationRuleHost',
    level: 'Warning',
    describe: 'A DestinationRule is about a host that nobody has.',
    text: (host: string) => `The host ${host} defined in the DestinationRule does not match any services in the mesh.`,
  },
  IST0177: {
    name: 'ConflictingServiceEntryProtocol',
    level: 'Warning',
    describe: 'Two ServiceEntries give one port of a host two protocols.',
    text: (entries: string, host: string, port: number, protocols: string) =>
      `Multiple ServiceEntries (${entries}) define the same host ${quoted(host)} and port ${port} with conflicting protocols (${protocols}).`,
  },
})
