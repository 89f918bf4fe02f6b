/** Each message has a case that brings it forth, and the same case put right, which does not. */
import { describe, expect, test } from 'vitest'
import type { Problem } from '../problem.ts'
import { analyzeFiles } from './analyze.ts'
import { documentationUrl, messageType, MESSAGES, type Code } from './catalogue.ts'
import { doc, findingsOf, pod, route, service, spec } from './testing/files.ts'

interface Case {
  readonly wrong: readonly string[]
  readonly right: readonly string[]
  /** `<origin> <path>: <message>` of the first finding of that code. */
  readonly says: string
}

const A = service('a')
const B = service('b', '80 81')
const vs = (name: string, http: string, more = 'hosts: [a]') => spec('VirtualService', name, `${more}, http: [${http}]`)
const dr = (name: string, body: string) => spec('DestinationRule', name, body)
const gw = (name: string, body: string, selector = 'istio: ingressgateway') =>
  spec('Gateway', name, `selector: {${selector}}, servers: [${body}]`)
const HTTP = 'port: {number: 80, name: http, protocol: HTTP}'
const tls = (credential: string) =>
  `{port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*"], tls: {mode: SIMPLE, credentialName: ${credential}}}`
const secret = (name: string, data: string) =>
  doc('Secret', `istio-system/${name}`, `type: kubernetes.io/tls\ndata: {${data}}`)
const entry = (name: string, body: string) =>
  spec('ServiceEntry', name, `hosts: [b.org], resolution: STATIC, endpoints: [{address: 10.0.0.1}], ${body}`)
const namespace = (labels: string) => doc('Namespace', 'shop', '', `labels: {${labels}}`)
const deployment = (metadata = '') =>
  spec(
    'Deployment',
    'd',
    `template: {metadata: {labels: {app: a, sidecar.istio.io/inject: "true"}}, spec: {containers: [{name: app}]}}`,
    metadata,
  )
const policy = (name: string, body: string) => spec('AuthorizationPolicy', name, body)
const filter = (name: string, patches: string, more = '') =>
  spec('EnvoyFilter', name, `configPatches: [${patches}]${more}`)
const patch = (applyTo: string, operation: string, more = '') =>
  `{applyTo: ${applyTo}, patch: {operation: ${operation}, value: {name: lua}}${more}}`
const RETRIES = 'retries: {attempts: 2}'

/** Without what only a reader's check says: below. */
type Analysed = Exclude<Code, 'IST0133'>

const CASES: Readonly<Record<Analysed, Case>> = {
  IST0002: {
    wrong: [A, vs('v', route('host: a', ', fault: {delay: {fixedDelay: 1s, percent: 5}}'))],
    right: [A, vs('v', route('host: a', ', fault: {delay: {fixedDelay: 1s, percentage: {value: 5}}}'))],
    says: 'VirtualService default/v spec.http[0].fault.delay.percent: Deprecated: HTTPRoute.fault.delay.percent is deprecated; use HTTPRoute.fault.delay.percentage',
  },
  IST0101: {
    wrong: [vs('v', route('host: a'))],
    right: [A, vs('v', route('host: a'))],
    says: 'VirtualService default/v spec.http[0].route[0].destination.host: Referenced host not found: "a"',
  },
  IST0102: {
    wrong: [namespace('')],
    right: [namespace('istio-injection: disabled')],
    says: "Namespace shop metadata.name: The namespace is not enabled for Istio injection. Run 'kubectl label namespace shop istio-injection=enabled' to enable it, or 'kubectl label namespace shop istio-injection=disabled' to explicitly mark it as not needing injection.",
  },
  IST0103: {
    wrong: [namespace('istio-injection: enabled'), spec('Pod', 'shop/p', 'containers: [{name: app}]')],
    right: [namespace('istio-injection: enabled'), pod('shop/p', 'app: a')],
    says: 'Pod shop/p metadata.name: The pod shop/p is missing the Istio proxy. This can often be resolved by restarting or redeploying the workload.',
  },
  IST0106: {
    wrong: [A, vs('v', route('host: a', ', timeout: soon'))],
    right: [A, vs('v', route('host: a', ', timeout: 1s'))],
    says: 'VirtualService default/v spec.http[0].timeout: Schema validation error: spec.http[0].timeout: must be a duration such as 1s, 100ms or 1h, is "soon"',
  },
  IST0107: {
    wrong: [spec('Service', 's', '', 'annotations: {sidecar.istio.io/proxyImage: x}')],
    right: [pod('p', '', '', ', annotations: {sidecar.istio.io/proxyImage: x}')],
    says: 'Service default/s metadata.annotations."sidecar.istio.io/proxyImage": Misplaced annotation: sidecar.istio.io/proxyImage can only be applied to Pod',
  },
  IST0108: {
    wrong: [spec('Service', 's', '', 'annotations: {networking.istio.io/exportThree: x}')],
    right: [spec('Service', 's', '', 'annotations: {networking.istio.io/exportTo: x, example.com/any: x}')],
    says: 'Service default/s metadata.annotations."networking.istio.io/exportThree": Unknown annotation: networking.istio.io/exportThree',
  },
  IST0109: {
    wrong: [A, vs('v', route('host: a')), vs('w', route('host: a'))],
    right: [A, B, vs('v', route('host: a')), vs('w', route('host: b, port: {number: 80}'), 'hosts: [b]')],
    says: 'VirtualService default/v metadata.name: The VirtualServices default/v,default/w associated with mesh gateway define the same host */a.default.svc.cluster.local which can lead to undefined behavior. This can be fixed by merging the conflicting VirtualServices into a single resource.',
  },
  IST0110: {
    wrong: [
      pod('p', 'app: a'),
      spec('Sidecar', 's', 'workloadSelector: {labels: {app: a}}, egress: [{hosts: ["./*"]}]'),
      spec('Sidecar', 't', 'workloadSelector: {labels: {app: a}}, egress: [{hosts: ["./*"]}]'),
    ],
    right: [
      pod('p', 'app: a'),
      spec('Sidecar', 's', 'workloadSelector: {labels: {app: a}}, egress: [{hosts: ["./*"]}]'),
    ],
    says: 'Sidecar default/s metadata.name: The Sidecars [s t] in namespace "default" select the same workload pod "p", which can lead to undefined behavior.',
  },
  IST0111: {
    wrong: [spec('Sidecar', 's', 'egress: [{hosts: ["./*"]}]'), spec('Sidecar', 't', 'egress: [{hosts: ["./*"]}]')],
    right: [spec('Sidecar', 's', 'egress: [{hosts: ["./*"]}]'), spec('Sidecar', 'x/t', 'egress: [{hosts: ["./*"]}]')],
    says: 'Sidecar default/s metadata.name: The Sidecars [s t] in namespace "default" have no workload selector, which can lead to undefined behavior.',
  },
  IST0112: {
    wrong: [B, vs('v', route('host: b'))],
    right: [B, vs('v', route('host: b, port: {number: 81}'))],
    says: 'VirtualService default/v spec.http[0].route[0].destination.host: This VirtualService routes to a service "b" that exposes multiple ports [80 81]. Specifying a port in the destination is required to disambiguate.',
  },
  IST0116: {
    wrong: [
      deployment(),
      spec('Service', 's', 'selector: {app: a}, ports: [{port: 80, name: http}]'),
      spec('Service', 't', 'selector: {app: a}, ports: [{port: 80, name: quic, protocol: UDP}]'),
    ],
    right: [deployment(), spec('Service', 's', 'selector: {app: a}, ports: [{port: 80, name: http}]')],
    says: 'Deployment default/d metadata.name: This deployment d is associated with multiple services using port 80 but different protocols: [default/s default/t]',
  },
  IST0118: {
    wrong: [spec('Service', 's', 'ports: [{port: 80, name: web, targetPort: 8080}]')],
    right: [spec('Service', 's', 'ports: [{port: 80, name: web, appProtocol: http}, {port: 81, name: grpc-web-x}]')],
    says: "Service default/s spec.ports[0]: Port name web (port: 80, targetPort: 8080) doesn't follow the naming convention of Istio port.",
  },
  IST0123: {
    wrong: [namespace('istio-injection: enabled, istio.io/rev: canary')],
    right: [namespace('istio-injection: disabled, istio.io/rev: canary')],
    says: 'Namespace shop metadata.labels: The namespace has more than one type of injection labels [istio-injection=enabled istio.io/rev=canary], which may lead to undefined behavior. Make sure only one injection label exists.',
  },
  IST0125: {
    wrong: [pod('p', '', '', ', annotations: {traffic.sidecar.istio.io/excludeInboundPorts: "80,web"}')],
    right: [pod('p', '', '', ', annotations: {traffic.sidecar.istio.io/excludeInboundPorts: "80, 81"}')],
    says: 'Pod default/p metadata.annotations."traffic.sidecar.istio.io/excludeInboundPorts": Invalid annotation traffic.sidecar.istio.io/excludeInboundPorts: excludeInboundPorts invalid: failed parsing port \'web\': failed parsing port \'web\': strconv.ParseUint: parsing "web": invalid syntax',
  },
  IST0127: {
    wrong: [pod('p', 'app: a'), policy('x', 'selector: {matchLabels: {app: b}}, rules: [{}]')],
    right: [pod('p', 'app: a'), policy('x', 'selector: {matchLabels: {app: a}}, rules: [{}]')],
    says: 'AuthorizationPolicy default/x spec.selector: No matching workloads for this resource with the following labels: app=b',
  },
  IST0128: {
    wrong: [A, dr('r', 'host: a, trafficPolicy: {tls: {mode: SIMPLE}}')],
    right: [A, dr('r', 'host: a, trafficPolicy: {tls: {mode: SIMPLE, caCertificates: /ca.pem}}')],
    says: 'DestinationRule default/r spec.trafficPolicy.tls: DestinationRule default/r in namespace default has TLS mode set to SIMPLE but no caCertificates are set to validate server identity for host: a',
  },
  IST0129: {
    wrong: [A, dr('r', 'host: a, trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]}')],
    right: [
      A,
      dr('r', 'host: a, trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: ISTIO_MUTUAL}}]}'),
    ],
    says: 'DestinationRule default/r spec.trafficPolicy.portLevelSettings[0].tls: DestinationRule default/r in namespace default has TLS mode set to SIMPLE but no caCertificates are set to validate server identity for host: a at port number:80',
  },
  IST0130: {
    wrong: [A, vs('v', [route('host: a'), route('host: a', ', name: second')].join(', '))],
    right: [A, vs('v', [route('host: a', ', match: [{port: 80}]'), route('host: a')].join(', '))],
    says: 'VirtualService default/v spec.http[1]: VirtualService rule "second" not used (only the last rule can have no matches).',
  },
  IST0131: {
    wrong: [
      A,
      vs(
        'v',
        `${route('host: a', ', match: [{uri: {prefix: /a}}]')}, ${route('host: a', ', match: [{uri: {prefix: /ab}}]')}`,
      ),
    ],
    right: [
      A,
      vs(
        'v',
        `${route('host: a', ', match: [{uri: {prefix: /ab}}]')}, ${route('host: a', ', match: [{uri: {prefix: /a}}]')}`,
      ),
    ],
    says: 'VirtualService default/v spec.http[1].match[0]: VirtualService rule #1 match #0 of prefix /ab is not used (duplicate/overlapping match in rule #0 of prefix /a on #0).',
  },
  IST0132: {
    wrong: [A, gw('g', `{${HTTP}, hosts: [x.org]}`), vs('v', route('host: a'), 'hosts: [y.org], gateways: [g]')],
    right: [A, gw('g', `{${HTTP}, hosts: ["*.org"]}`), vs('v', route('host: a'), 'hosts: [y.org], gateways: [g]')],
    says: 'VirtualService default/v spec.gateways[0]: one or more host [y.org] defined in VirtualService default/v not found in Gateway default/g.',
  },
  IST0134: {
    wrong: [entry('e', 'ports: [{number: 99, name: tcp, protocol: TCP}]')],
    right: [entry('e', 'addresses: [10.0.0.9], ports: [{number: 99, name: tcp, protocol: TCP}]')],
    says: 'ServiceEntry default/e spec.ports[0]: ServiceEntry addresses are required for this protocol.',
  },
  IST0135: {
    wrong: [pod('p', '', '', ', annotations: {sidecar.istio.io/inject: "true"}')],
    right: [pod('p', 'sidecar.istio.io/inject: "true"', '', ', annotations: {sidecar.istio.io/inject: "true"}')],
    says: 'Pod default/p metadata.annotations."sidecar.istio.io/inject": Annotation "sidecar.istio.io/inject" has been deprecated in favor of the "sidecar.istio.io/inject" label and may not work in future Istio versions.',
  },
  IST0137: {
    wrong: [
      deployment(),
      spec('Service', 's', 'selector: {app: a}, ports: [{port: 80, name: http, targetPort: 8080}]'),
      spec('Service', 't', 'selector: {app: a}, ports: [{port: 81, name: http, targetPort: 8080}]'),
    ],
    right: [
      deployment(),
      spec('Service', 's', 'selector: {app: a}, ports: [{port: 80, name: http, targetPort: 8080}]'),
    ],
    says: 'Deployment default/d metadata.name: This deployment d is associated with multiple services [default/s default/t] using targetPort "8080" but different ports: [80 81].',
  },
  IST0138: {
    wrong: [secret('c', 'tls.crt: QQ==, tls.key: QQ=='), gw('g', tls('c')), gw('h', tls('c'))],
    right: [secret('c', 'tls.crt: QQ==, tls.key: QQ=='), gw('g', tls('c')), gw('h', tls('c'), 'app: other')],
    says: 'Gateway default/g metadata.name: Duplicate certificate in multiple gateways [default/g default/h] may cause 404s if clients re-use HTTP2 connections.',
  },
  IST0140: {
    wrong: [
      A,
      dr('r', 'host: a, subsets: [{name: v1}]'),
      vs('v', route('host: a, subset: v1')),
      vs('w', route('host: a'), 'hosts: [x.org], gateways: [g]'),
    ],
    right: [
      A,
      dr('r', 'host: a, subsets: [{name: v1}]'),
      vs('v', route('host: a, subset: v1')),
      vs('w', route('host: a, subset: v1'), 'hosts: [x.org], gateways: [g]'),
    ],
    says: 'VirtualService default/w metadata.name: Subset in virtual service default/v has no effect on ingress gateway default/w requests',
  },
  IST0144: {
    wrong: [pod('p', '', ', securityContext: {runAsUser: 1337}')],
    right: [pod('p', '', ', securityContext: {runAsUser: 1338}')],
    says: 'Pod default/p spec: User ID (UID) 1337 is reserved for the sidecar proxy.',
  },
  IST0145: {
    wrong: [gw('g', `{${HTTP}, hosts: [x.org]}`), gw('h', `{${HTTP}, hosts: [x.org, y.org]}`)],
    right: [gw('g', `{${HTTP}, hosts: [x.org]}`), gw('h', `{${HTTP}, hosts: [y.org]}`)],
    says: 'Gateway default/g spec.servers[0]: Conflict with gateways default/h (workload selector istio=ingressgateway, port 80, hosts x.org).',
  },
  IST0146: {
    wrong: [spec('Deployment', 'd', 'template: {spec: {containers: [{name: istio-proxy, image: auto}]}}')],
    right: [
      spec('Deployment', 'shop/d', 'template: {spec: {containers: [{name: istio-proxy, image: auto}]}}'),
      namespace('istio-injection: enabled'),
    ],
    says: 'Deployment default/d metadata.name: Deployment d contains `image: auto` but does not match any Istio injection webhook selectors.',
  },
  IST0147: {
    wrong: [spec('Pod', 'p', 'containers: [{name: istio-proxy, image: auto}]')],
    right: [pod('p', '')],
    says: 'Pod default/p metadata.name: Pod p contains `image: auto` but does not match any Istio injection webhook selectors.',
  },
  IST0148: {
    wrong: [
      namespace(''),
      doc(
        'ConfigMap',
        'istio-system/istio-sidecar-injector',
        `data: {values: '{"sidecarInjectorWebhook":{"enableNamespacesByDefault":true}}'}`,
      ),
    ],
    right: [namespace(''), doc('ConfigMap', 'istio-system/istio-sidecar-injector', 'data: {values: "no JSON"}')],
    says: 'Namespace shop metadata.name: is enabled for Istio injection, as Istio is installed with enableNamespacesByDefault as true.',
  },
  IST0149: {
    wrong: [
      A,
      gw('g', `{${HTTP}, hosts: [x.org]}`),
      vs(
        'v',
        route('host: a', ', match: [{headers: {"@request.auth.claims.group": {exact: admin}}}]'),
        'hosts: [x.org], gateways: [g]',
      ),
    ],
    right: [
      A,
      gw('g', `{${HTTP}, hosts: [x.org]}`),
      vs(
        'v',
        route('host: a', ', match: [{headers: {"@request.auth.claims.group": {exact: admin}}}]'),
        'hosts: [x.org], gateways: [g]',
      ),
      spec('RequestAuthentication', 'istio-system/r', 'selector: {matchLabels: {istio: ingressgateway}}'),
    ],
    says: 'VirtualService default/v metadata.name: The virtual service uses the JWT claim based routing (key: @request.auth.claims.group) but found no request authentication for the gateway (default/g) pod (istio-ingressgateway-dummypod). The request authentication must first be applied for the gateway pods to validate the JWT token and make the claims available for routing.',
  },
  IST0150: {
    wrong: [spec('Service', 's', 'type: ExternalName, externalName: x.org, ports: [{port: 99, name: tcp}]')],
    right: [spec('Service', 's', 'type: ExternalName, externalName: x.org, ports: [{port: 99, name: http}]')],
    says: 'Service default/s spec.ports[0]: Port name for ExternalName service is invalid. Proxy may prevent tcp named ports and unmatched traffic for ports serving TCP protocol from being forwarded correctly',
  },
  IST0151: {
    wrong: [filter('e', patch('HTTP_FILTER', 'INSERT_BEFORE'))],
    right: [
      filter('e', patch('HTTP_FILTER', 'INSERT_FIRST')),
      filter('f', patch('HTTP_FILTER', 'REMOVE'), ', priority: 1'),
    ],
    says: 'EnvoyFilter default/e spec.configPatches[0].patch: This EnvoyFilter does not have a priority and has a relative patch operation set which can cause the EnvoyFilter not to be applied. Using the INSERT_FIRST of ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.',
  },
  IST0152: {
    wrong: [filter('e', patch('CLUSTER', 'REPLACE'))],
    right: [filter('e', patch('HTTP_FILTER', 'REPLACE'))],
    says: 'EnvoyFilter default/e spec.configPatches[0].patch: The REPLACE operation is only valid for HTTP_FILTER and NETWORK_FILTER.',
  },
  IST0153: {
    wrong: [filter('e', patch('HTTP_ROUTE', 'ADD'))],
    right: [filter('e', patch('CLUSTER', 'ADD'))],
    says: 'EnvoyFilter default/e spec.configPatches[0].patch: The ADD operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.',
  },
  IST0154: {
    wrong: [filter('e', patch('ROUTE_CONFIGURATION', 'REMOVE'))],
    right: [filter('e', patch('CLUSTER', 'REMOVE'))],
    says: 'EnvoyFilter default/e spec.configPatches[0].patch: The REMOVE operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.',
  },
  IST0155: {
    wrong: [
      filter('e', patch('HTTP_FILTER', 'INSERT_FIRST', ', match: {proxy: {proxyVersion: "1.*"}}')),
      filter('f', patch('HTTP_FILTER', 'INSERT_AFTER')),
    ],
    right: [filter('f', patch('HTTP_FILTER', 'INSERT_AFTER'))],
    says: 'EnvoyFilter default/f spec.configPatches[0].patch: This EnvoyFilter does not have a priority and has a relative patch operation (NSTERT_BEFORE/AFTER, REPLACE, MERGE, DELETE) and proxyVersion set which can cause the EnvoyFilter not to be applied during an upgrade. Using the INSERT_FIRST or ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.',
  },
  IST0157: {
    wrong: [spec('Telemetry', 't', 'accessLogging: [{}]')],
    right: [spec('Telemetry', 't', 'accessLogging: [{providers: [{name: envoy}]}, {disabled: true}]')],
    says: 'Telemetry default/t spec.accessLogging[0]: The Telemetry t in namespace "default" with empty providers will be ignored.',
  },
  IST0159: {
    wrong: [
      pod('p', 'app: a'),
      spec('Telemetry', 't', 'selector: {matchLabels: {app: a}}'),
      spec('Telemetry', 'u', 'selector: {matchLabels: {app: a}}'),
    ],
    right: [pod('p', 'app: a'), spec('Telemetry', 't', 'selector: {matchLabels: {app: a}}')],
    says: 'Telemetry default/t metadata.name: The Telemetries [t u] in namespace "default" select the same workload pod "p", which can lead to undefined behavior.',
  },
  IST0160: {
    wrong: [spec('Telemetry', 't', ''), spec('Telemetry', 'u', '')],
    right: [spec('Telemetry', 't', ''), spec('Telemetry', 'x/u', '')],
    says: 'Telemetry default/t metadata.name: The Telemetries [t u] in namespace "default" have no workload selector, which can lead to undefined behavior.',
  },
  IST0161: {
    wrong: [secret('c', 'tls.crt: QQ=='), gw('g', tls('c'))],
    right: [secret('c', 'tls.crt: QQ==, tls.key: QQ=='), gw('g', tls('c'))],
    says: 'Gateway default/g spec.servers[0].tls.credentialName: The credential referenced by the Gateway g in namespace istio-system is invalid, which can cause the traffic not to work as expected.',
  },
  IST0162: {
    wrong: [gw('g', '{port: {number: 8004, name: http, protocol: HTTP}, hosts: [x.org]}')],
    right: [gw('g', `{${HTTP}, hosts: [x.org]}`)],
    says: 'Gateway default/g spec.servers[0].port.number: The gateway is listening on a target port (port 8004) that is not defined in the Service associated with its workload instances (Pod selector istio=ingressgateway). If you need to access the gateway port through the gateway Service, it will not be available.',
  },
  IST0165: {
    wrong: [A, vs('v', route('host: a'), 'hosts: [x.org], gateways: [g~istio-autogenerated-k8s-gateway~h]')],
    right: [A, gw('g', `{${HTTP}, hosts: [x.org]}`), vs('v', route('host: a'), 'hosts: [x.org], gateways: [g]')],
    says: 'VirtualService default/v spec.gateways[0]: Gateway reference in VirtualService default/v is to an implementation-generated internal Gateway: g~istio-autogenerated-k8s-gateway~h.',
  },
  IST0166: {
    wrong: [
      pod('p', 'gateway.networking.k8s.io/gateway-name: g, app: a'),
      policy('x', 'selector: {matchLabels: {app: a}}, rules: [{}]'),
    ],
    right: [pod('p', 'app: a'), policy('x', 'selector: {matchLabels: {app: a}}, rules: [{}]')],
    says: 'AuthorizationPolicy default/x spec.selector: Ineffective selector on Kubernetes Gateway g. Use the TargetRef field instead.',
  },
  IST0167: {
    wrong: [
      pod('p', 'app: a', '', ', annotations: {ambient.istio.io/redirection: enabled}'),
      spec('Sidecar', 's', 'workloadSelector: {labels: {app: a}}, egress: [{hosts: ["./*"]}]'),
    ],
    right: [
      pod('p', 'app: a'),
      spec('Sidecar', 's', 'workloadSelector: {labels: {app: a}}, egress: [{hosts: ["./*"]}]'),
    ],
    says: 'Sidecar default/s metadata.name: The policy has no impact: selected workload is in ambient mode, the policy has no impact.',
  },
  IST0173: {
    wrong: [A, pod('p', 'app: a, version: v1'), dr('r', 'host: a, subsets: [{name: v2, labels: {version: v2}}]')],
    right: [A, pod('p', 'app: a, version: v1'), dr('r', 'host: a, subsets: [{name: v1, labels: {version: v1}}]')],
    says: 'DestinationRule default/r spec.subsets[0]: The Subset v2 defined in the DestinationRule does not select any pods. Which may lead to 503 UH (NoHealthyUpstream).',
  },
  IST0174: {
    wrong: [dr('r', 'host: a')],
    right: [A, dr('r', 'host: a')],
    says: 'DestinationRule default/r spec.host: The host a defined in the DestinationRule does not match any services in the mesh.',
  },
  IST0177: {
    wrong: [
      entry('e', 'ports: [{number: 443, name: tls, protocol: TLS}]'),
      entry('f', 'ports: [{number: 443, name: https, protocol: HTTPS}]'),
    ],
    right: [
      entry('e', 'ports: [{number: 443, name: tls, protocol: TLS}]'),
      entry('x/f', 'exportTo: [.], ports: [{number: 444, name: https, protocol: HTTPS}]'),
    ],
    says: 'ServiceEntry default/e metadata.name: Multiple ServiceEntries (default/e, default/f) define the same host "b.org" and port 443 with conflicting protocols (HTTPS, TLS).',
  },
  MM0001: {
    wrong: [
      A,
      pod('p', 'app: a, version: v1'),
      pod('q', 'app: b, version: v2'),
      dr('r', 'host: a, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]'),
      vs(
        'v',
        '{route: [{destination: {host: a, subset: v1}, weight: 90}, {destination: {host: a, subset: v2}, weight: 10}]}',
      ),
    ],
    right: [
      A,
      pod('p', 'app: a, version: v1'),
      dr('r', 'host: a, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]'),
      vs(
        'v',
        '{route: [{destination: {host: a, subset: v1}, weight: 100}, {destination: {host: a, subset: v2}, weight: 0}]}',
      ),
    ],
    says: 'VirtualService default/v spec.http[0].route[1].destination.subset: 10 % of the requests go to subset v2 of a.default.svc.cluster.local, which no pod belongs to: they are answered 503',
  },
  MM0002: {
    wrong: [A, vs('v', route('host: a', `, ${RETRIES}`))],
    right: [
      A,
      vs('v', route('host: a', `, ${RETRIES}, timeout: 9s`)),
      vs('w', route('host: a', ', retries: {attempts: 2, retryOn: "connect-failure,refused-stream"}')),
    ],
    says: 'VirtualService default/v spec.http[0].retries: tries 2 times more and has neither timeout nor retries.perTryTimeout: a peer that does not answer is waited for without end',
  },
  MM0003: {
    wrong: [pod('p', 'app: a'), policy('x', '')],
    right: [pod('p', 'app: a'), policy('x', ''), policy('z', 'selector: {matchLabels: {app: a}}, rules: [{}]')],
    says: 'AuthorizationPolicy default/x spec: denies everybody: an ALLOW policy without rules, and no other one allows anything there',
  },
  MM0004: {
    wrong: [A, vs('v', route('host: a', ', timeout: 2s, retries: {attempts: 1, perTryTimeout: 3s}'))],
    right: [A, vs('v', route('host: a', ', timeout: 7s, retries: {attempts: 1, perTryTimeout: 3s}'))],
    says: "VirtualService default/v spec.http[0].retries.perTryTimeout: perTryTimeout 3s is not shorter than the route's timeout 2s: it never takes effect, and nothing is tried again after it",
  },
  MM0005: {
    wrong: [spec('RequestAuthentication', 'r', 'jwtRules: [{issuer: i, jwksUri: "https://i.org/k"}]')],
    right: [
      spec('RequestAuthentication', 'r', 'jwtRules: [{issuer: i, jwksUri: "https://i.org/k"}]'),
      policy('x', 'rules: [{from: [{source: {requestPrincipals: ["*"]}}]}]'),
    ],
    says: 'RequestAuthentication default/r spec.jwtRules: verifies tokens and requires none: a request without a token passes, unless an AuthorizationPolicy asks for requestPrincipals',
  },
  MM0006: {
    wrong: [doc('ConfigMap', 'istio-system/istio', 'data: {mesh: "{thisIsNoField: true}"}')],
    right: [doc('ConfigMap', 'istio-system/istio', 'data: {mesh: "{}"}')],
    says: 'ConfigMap istio-system/istio thisIsNoField: thisIsNoField: thisIsNoField has no effect in this version of the mesh; remove it here',
  },
  MM0007: {
    wrong: [policy('x', 'targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], rules: [{}]')],
    right: [policy('x', 'rules: [{}]')],
    says: 'AuthorizationPolicy default/x spec.targetRefs: spec.targetRefs: targetRefs is not supported in this version of the mesh, and leaving it out would change what is let through or where it goes; remove it here',
  },
  MM0008: {
    wrong: [A, dr('r', 'host: a'), dr('r', 'host: a')],
    right: [A, dr('r', 'host: a'), dr('x/r', 'host: a.default.svc.cluster.local')],
    says: 'DestinationRule default/r metadata.name: is defined twice; the other one is in f.yaml:8',
  },
  MM0009: {
    wrong: [A, spec('VirtualService', 'v', 'hosts: [a], http: [{delegate: {name: w, namespace: x}}]')],
    right: [
      A,
      spec('VirtualService', 'v', 'hosts: [a], http: [{delegate: {name: w, namespace: x}}]'),
      spec('VirtualService', 'x/w', `http: [${route('host: a.default.svc.cluster.local')}]`),
    ],
    says: 'VirtualService default/v spec.http[0].delegate: delegates to x/w, which is no VirtualService without hosts: the route goes nowhere',
  },
  MM0010: {
    wrong: [A, vs('v', route('host: a', ', match: [{gateways: [gone]}]'))],
    right: [A, vs('v', route('host: a', ', match: [{gateways: [mesh]}]'))],
    says: 'VirtualService default/v spec.http[0].match[0].gateways[0]: names a Gateway that does not exist: gone',
  },
  MM0011: {
    wrong: [
      entry('e', 'ports: [{number: 443, name: tls, protocol: TLS}]'),
      entry('f', 'ports: [{number: 443, name: tls, protocol: TLS}]'),
    ],
    right: [entry('e', 'ports: [{number: 443, name: tls, protocol: TLS}]')],
    says: 'ServiceEntry default/f spec.hosts[0]: has no effect: b.org is described by ServiceEntry default/e already',
  },
  MM0012: {
    wrong: [
      spec(
        'ServiceEntry',
        'e',
        'hosts: [b.org], resolution: STATIC, ports: [{number: 443, name: tls, protocol: TLS}], workloadSelector: {labels: {app: b}}',
      ),
    ],
    right: [
      pod('p', 'app: b'),
      spec(
        'ServiceEntry',
        'e',
        'hosts: [b.org], resolution: STATIC, ports: [{number: 443, name: tls, protocol: TLS}], workloadSelector: {labels: {app: b}}',
      ),
    ],
    says: 'ServiceEntry default/e spec.workloadSelector: selects no WorkloadEntry and no pod of default: nobody answers',
  },
  MM0013: {
    wrong: [policy('x', 'action: CUSTOM, provider: {name: gone}, rules: [{}]')],
    right: [
      A,
      policy('x', 'action: CUSTOM, provider: {name: authz}, rules: [{}]'),
      doc(
        'ConfigMap',
        'istio-system/istio',
        'data: {mesh: "{extensionProviders: [{name: authz, envoyExtAuthzHttp: {service: a.default.svc.cluster.local, port: 80}}]}"}',
      ),
    ],
    says: 'AuthorizationPolicy default/x spec.provider.name: gone is no envoyExtAuthzHttp of the mesh configuration: its rules deny',
  },
  MM0014: {
    wrong: [spec('PeerAuthentication', 'x', 'selector: {matchLabels: {version: v1}}, mtls: {mode: STRICT}')],
    right: [spec('PeerAuthentication', 'x', 'selector: {matchLabels: {app: a}}, mtls: {mode: STRICT}')],
    says: 'PeerAuthentication default/x spec.selector.matchLabels: selects nobody: workloads are known by their label app alone, others they say of themselves',
  },
  MM0015: {
    wrong: [
      A,
      pod('p', 'app: a'),
      dr('r', 'host: a, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: [{name: v1}]'),
      spec(
        'DestinationRule',
        's',
        'host: a, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: [{name: v2}]',
        'creationTimestamp: "2026-01-01T00:00:00Z"',
      ),
    ],
    right: [
      A,
      dr('r', 'host: a, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: [{name: v1}]'),
      dr('s', 'host: a, subsets: [{name: v2}]'),
    ],
    says: 'DestinationRule default/s spec.trafficPolicy: trafficPolicy has no effect: DestinationRule default/r says it already for a.default.svc.cluster.local',
  },
  MM0016: {
    wrong: [A, vs('v', route('host: a', ', timeout: 7s, retries: {attempts: 2, perTryTimeout: 3s}'))],
    right: [A, vs('v', route('host: a', ', timeout: 9s, retries: {attempts: 2, perTryTimeout: 3s}'))],
    says: "VirtualService default/v spec.http[0].retries.perTryTimeout: 3 tries of 3s take longer than the route's timeout 7s: the last ones are cut off, unless earlier ones fail sooner",
  },
}

const codes = Object.keys(MESSAGES).filter((code): code is Analysed => code !== 'IST0133')

describe.each(codes)('%s', (code) => {
  const { wrong, right, says } = CASES[code]

  test('is said where something is wrong', () => {
    const finding = findingsOf(wrong).find((each) => each.code === code)
    expect(`${finding?.origin} ${finding?.path}: ${finding?.message}`).toBe(says)
    expect(finding).toMatchObject({ level: messageType(code).level, file: 'f.yaml' })
  })

  test('is not said where that is put right', () => {
    expect(findingsOf(right).filter((each) => each.code === code)).toEqual([])
  })
})

test('what a reader found comes under the code that the catalogue has for it', () => {
  const place = { resource: 'VirtualService default/v', path: 'spec.http[0]', file: 'f.yaml', line: 1, column: 1 }
  const found = (code: Problem['code'], severity: Problem['severity']) =>
    analyzeFiles(
      {
        resources: [],
        refused: [],
        kubernetes: [],
        passedOver: [],
        problems: [{ severity, code, ...place, message: 'x' }],
      },
      { servicesKnown: true },
    ).map(({ code: under, level, message }) => [under, level, message])
  expect(found('syntax', 'error')).toEqual([['IST0106', 'Error', 'Schema validation error: spec.http[0]: x']])
  expect(found('invalid', 'error')).toEqual([['IST0106', 'Error', 'Schema validation error: spec.http[0]: x']])
  expect(found('refused', 'error')).toEqual([['MM0007', 'Error', 'spec.http[0]: x']])
  expect(found('ineffective', 'warning')).toEqual([['MM0006', 'Warning', 'spec.http[0]: x']])
  expect(found('advice', 'warning')).toEqual([['IST0133', 'Warning', 'Schema validation warning: spec.http[0]: x']])
})

test('what has no effect is said once, by whoever says why', () => {
  const found = findingsOf([A, vs('v', `${route('host: a')}, ${route('host: a')}`)])
  expect(found.map(({ code, path }) => [code, path])).toEqual([['IST0130', 'spec.http[1]']])
})

test('an annotation suppresses a message, and only that', () => {
  const rule = (codes: string) =>
    spec('DestinationRule', 'r', 'host: a', `annotations: {galley.istio.io/analyze-suppress: "${codes}"}`)
  expect(findingsOf([rule('IST0101,IST0174')])).toEqual([])
  expect(findingsOf([rule('*')])).toEqual([])
  expect(findingsOf([rule('IST0101')])).toHaveLength(1)
})

test('Istio documents its messages, our page ours', () => {
  expect(documentationUrl('IST0101')).toBe('https://istio.io/latest/docs/reference/config/analysis/ist0101/')
  expect(documentationUrl('MM0001')).toBe('docs/analysis/messages.md#mm0001')
})
