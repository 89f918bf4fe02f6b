/**
 * Rules of Istio's own validation and of its CRDs, an example each: what Istio refuses is an error of code `invalid` at its field, and what
 * Istio takes is none. The whole was compared with Istio's own code over generated documents; this table keeps what was found.
 */
import { expect, test } from 'vitest'
import { parseResources } from '../parse.ts'
import type { IstioKind } from '../resource.ts'
import { problemsOf } from '../testing/problems.ts'

/** Kind, spec, and the field that is wrong; none where nothing is. */
const CASES: readonly (readonly [IstioKind, string, string])[] = [
  // whom it is for
  ['PeerAuthentication', '{selector: {matchLabels: {app: a}}, portLevelMtls: {8080: {mode: DISABLE}}}', ''],
  ['PeerAuthentication', '{portLevelMtls: {8080: {mode: DISABLE}}}', 'spec.portLevelMtls'],
  [
    'PeerAuthentication',
    '{selector: {matchLabels: {app: a}}, portLevelMtls: {70000: {mode: DISABLE}}}',
    'spec.portLevelMtls.70000',
  ],
  ['PeerAuthentication', '{selector: {matchLabels: {app: "a*"}}}', 'spec.selector.matchLabels.app'],
  ['AuthorizationPolicy', '{targetRefs: [{kind: Gateway, group: networking.istio.io, name: a}]}', 'spec.targetRefs[0]'],
  ['AuthorizationPolicy', '{targetRefs: [{kind: Service, name: a, namespace: b}]}', 'spec.targetRefs[0].namespace'],
  [
    'AuthorizationPolicy',
    '{selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: a}]}',
    'spec.targetRefs',
  ],
  // exportTo
  ['DestinationRule', '{host: a, exportTo: [other, third]}', ''],
  ['DestinationRule', '{host: a, exportTo: [., default]}', 'spec.exportTo[1]'],
  ['DestinationRule', '{host: a, exportTo: ["*", other]}', 'spec.exportTo'],
  ['DestinationRule', '{host: a, exportTo: ["~"]}', 'spec.exportTo[0]'],
  ['DestinationRule', '{host: a, exportTo: [other], workloadSelector: {matchLabels: {a: b}}}', 'spec.exportTo'],
  ['ServiceEntry', '{hosts: [a.b], exportTo: ["~"], ports: [{number: 80, name: http, protocol: HTTP}]}', ''],
  // hosts
  ['VirtualService', '{hosts: [a.org, 10.0.0.1], http: [{route: [{destination: {host: a}}]}]}', ''],
  ['VirtualService', '{hosts: [a.org, "*.org"], http: [{route: [{destination: {host: a}}]}]}', 'spec.hosts[1]'],
  ['VirtualService', '{hosts: [a.1], http: [{route: [{destination: {host: a}}]}]}', 'spec.hosts[0]'],
  [
    'VirtualService',
    '{hosts: [a.org], gateways: [a/b/c], http: [{route: [{destination: {host: a}}]}]}',
    'spec.gateways[0]',
  ],
  [
    'VirtualService',
    '{hosts: [a.org], http: [{route: [{destination: {host: "*"}}]}]}',
    'spec.http[0].route[0].destination.host',
  ],
  [
    'VirtualService',
    '{hosts: [a.org], http: [{route: [{destination: {host: a, subset: v_1}}]}]}',
    'spec.http[0].route[0].destination.subset',
  ],
  [
    'VirtualService',
    '{hosts: [a.org], http: [{timeout: 0s, route: [{destination: {host: a}}]}]}',
    'spec.http[0].timeout',
  ],
  [
    'VirtualService',
    '{hosts: [a.org], http: [{timeout: 1500us, route: [{destination: {host: a}}]}]}',
    'spec.http[0].timeout',
  ],
  [
    'VirtualService',
    '{hosts: [a.org], http: [{match: [{method: {prefix: ""}}], route: [{destination: {host: a}}]}]}',
    'spec.http[0].match[0].method.prefix',
  ],
  ['VirtualService', '{hosts: [a.org], http: [{match: [{uri: {prefix: ""}}], route: [{destination: {host: a}}]}]}', ''],
  [
    'VirtualService',
    '{hosts: [a.org], http: [{retries: {attempts: 1, retryOn: "5xx, reset"}, route: [{destination: {host: a}}]}]}',
    'spec.http[0].retries.retryOn',
  ],
  [
    'VirtualService',
    '{hosts: [a.org], http: [{headers: {request: {set: {x: "%A(%"}}}, route: [{destination: {host: a}}]}]}',
    'spec.http[0].headers.request.set.x',
  ],
  // balancing
  ['DestinationRule', '{host: a, trafficPolicy: {}}', 'spec.trafficPolicy'],
  ['DestinationRule', '{host: a, trafficPolicy: {connectionPool: {}}}', 'spec.trafficPolicy.connectionPool'],
  [
    'DestinationRule',
    '{host: a, trafficPolicy: {portLevelSettings: [{port: {number: 80}}]}}',
    'spec.trafficPolicy.portLevelSettings[0]',
  ],
  ['DestinationRule', '{host: a, trafficPolicy: {connectionPool: {tcp: {idleTimeout: 0s}}}}', ''],
  [
    'DestinationRule',
    '{host: a, trafficPolicy: {connectionPool: {http: {idleTimeout: 0s}}}}',
    'spec.trafficPolicy.connectionPool.http.idleTimeout',
  ],
  [
    'DestinationRule',
    '{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 100}}, {from: a/b, to: {b: 100}}]}}}}',
    'spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[1].from',
  ],
  [
    'DestinationRule',
    '{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: "a/*", to: {"b*": 50, c: 50}}]}}}}',
    '',
  ],
  [
    'DestinationRule',
    '{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: "a/*/b", to: {b: 100}}]}}}}',
    'spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].from',
  ],
  [
    'DestinationRule',
    '{host: a, trafficPolicy: {tls: {mode: SIMPLE, credentialName: "configmap://other/a"}}}',
    'spec.trafficPolicy.tls.credentialName',
  ],
  [
    'DestinationRule',
    '{host: a, trafficPolicy: {tls: {mode: MUTUAL, credentialName: a, privateKey: /k}}}',
    'spec.trafficPolicy.tls.privateKey',
  ],
  // a Gateway's servers
  [
    'Gateway',
    '{selector: {a: b}, servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: [shop/*, ./a.org, "*/*.org"]}]}',
    '',
  ],
  [
    'Gateway',
    '{selector: {a: b}, servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: [short]}]}',
    'spec.servers[0].hosts[0]',
  ],
  [
    'Gateway',
    '{selector: {a: b}, servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: ["*a.org"]}]}',
    'spec.servers[0].hosts[0]',
  ],
  [
    'Gateway',
    '{selector: {a: b}, servers: [{port: {number: 80, name: a, protocol: HTTP}, bind: "unix:///a", hosts: ["*"]}]}',
    'spec.servers[0].port.number',
  ],
  [
    'Gateway',
    '{selector: {a: b}, servers: [{port: {number: 443, name: a, protocol: HTTPS}, hosts: ["*"], tls: {mode: SIMPLE, serverCertificate: /a}}]}',
    'spec.servers[0].tls.privateKey',
  ],
  [
    'Gateway',
    '{selector: {a: b}, servers: [{port: {number: 443, name: a, protocol: HTTPS}, hosts: ["*"], tls: {mode: ISTIO_MUTUAL, credentialName: a}}]}',
    'spec.servers[0].tls.credentialName',
  ],
  // a Sidecar's listeners
  ['Sidecar', '{egress: [{port: {number: 80, protocol: HTTP, name: a}, hosts: ["./*"]}, {hosts: ["*/*"]}]}', ''],
  [
    'Sidecar',
    '{egress: [{hosts: ["*/*"]}, {port: {number: 80, protocol: HTTP, name: a}, hosts: ["./*"]}]}',
    'spec.egress[0]',
  ],
  ['Sidecar', '{egress: [{hosts: [a.org]}]}', 'spec.egress[0].hosts[0]'],
  ['Sidecar', '{egress: [{hosts: []}]}', 'spec.egress[0].hosts'],
  ['Sidecar', '{egress: [{port: {number: 0, protocol: HTTP, name: a}, hosts: ["./*"]}]}', 'spec.egress[0].bind'],
  [
    'Sidecar',
    '{ingress: [{port: {number: 80, protocol: HTTP, name: a}, defaultEndpoint: "10.0.0.1:80"}]}',
    'spec.ingress[0].defaultEndpoint',
  ],
  [
    'Sidecar',
    '{ingress: [{port: {number: 80, protocol: HTTP, name: a}, defaultEndpoint: "127.0.0.1:80", tls: {mode: SIMPLE}}]}',
    'spec.ingress[0].tls',
  ],
  [
    'Sidecar',
    '{outboundTrafficPolicy: {mode: REGISTRY_ONLY, egressProxy: {host: a.b, port: {number: 80}}}}',
    'spec.outboundTrafficPolicy.egressProxy',
  ],
  ['Sidecar', '{}', 'spec'],
  // what is found how
  [
    'ServiceEntry',
    '{hosts: [a.b], addresses: [10.0.0.0/8], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}',
    'spec.addresses',
  ],
  [
    'ServiceEntry',
    '{hosts: [a.b], addresses: [10.0.0.300], ports: [{number: 80, name: http, protocol: HTTP}]}',
    'spec.addresses[0]',
  ],
  [
    'ServiceEntry',
    '{hosts: [a.b], resolution: DYNAMIC_DNS, ports: [{number: 80, name: http, protocol: HTTP}]}',
    'spec.hosts[0]',
  ],
  ['WorkloadEntry', '{address: "unix:///a/"}', 'spec.address'],
  ['WorkloadEntry', '{address: 10.0.0.1, ports: {a_b: 80}}', 'spec.ports.a_b'],
  // who may
  ['AuthorizationPolicy', '{action: DENY}', 'spec.action'],
  [
    'AuthorizationPolicy',
    '{rules: [{to: [{operation: {paths: ["/a/{b}"]}}]}]}',
    'spec.rules[0].to[0].operation.paths[0]',
  ],
  [
    'AuthorizationPolicy',
    '{rules: [{to: [{operation: {paths: ["/{**}/{*}"]}}]}]}',
    'spec.rules[0].to[0].operation.paths[0]',
  ],
  ['AuthorizationPolicy', '{rules: [{to: [{operation: {paths: ["/{*}/b/{**}"]}}]}]}', ''],
  ['AuthorizationPolicy', '{rules: [{from: [{source: {}}]}]}', 'spec.rules[0].from[0].source'],
  [
    'AuthorizationPolicy',
    '{rules: [{from: [{source: {serviceAccounts: ["a/b/c"]}}]}]}',
    'spec.rules[0].from[0].source.serviceAccounts[0]',
  ],
  ['AuthorizationPolicy', '{rules: [{when: [{key: destination.labels, values: [a]}]}]}', 'spec.rules[0].when[0].key'],
  ['RequestAuthentication', '{jwtRules: [{issuer: a, jwksUri: "https://a/b", jwks: "{}"}]}', 'spec.jwtRules[0].jwks'],
  ['RequestAuthentication', '{jwtRules: [{issuer: a, jwksUri: "https://a:b/c"}]}', 'spec.jwtRules[0].jwksUri'],
  // what is told
  ['Telemetry', '{tracing: [{randomSamplingPercentage: 50.5, customTags: {a: {literal: {value: b}}}}]}', ''],
  ['Telemetry', '{tracing: [{randomSamplingPercentage: 101}]}', 'spec.tracing[0].randomSamplingPercentage'],
  [
    'Telemetry',
    '{metrics: [{overrides: [{tagOverrides: {a: {operation: UPSERT}}}]}]}',
    'spec.metrics[0].overrides[0].tagOverrides.a',
  ],
  [
    'Telemetry',
    '{metrics: [{overrides: [{tagOverrides: {a: {operation: REMOVE, value: b}}}]}]}',
    'spec.metrics[0].overrides[0].tagOverrides.a.value',
  ],
  ['Telemetry', '{accessLogging: [{filter: {expression: ")++"}}]}', 'spec.accessLogging[0].filter.expression'],
]

test.each(CASES)('%s %s', (kind, spec, path) => {
  const invalid = problemsOf(kind, spec).filter(({ code }) => code === 'invalid')
  expect(invalid.map((problem) => problem.path).slice(0, 1)).toEqual(path === '' ? [] : [path])
  for (const { message, line, column } of invalid)
    expect([message !== '', line >= 4, column >= 1]).toEqual([true, true, true])
})

test.each([
  ['networking.istio.io/v1', 'Gateway'],
  ['networking.istio.io/v1alpha3', 'EnvoyFilter'],
  ['networking.istio.io/v1beta1', 'ProxyConfig'],
  ['security.istio.io/v1beta1', 'PeerAuthentication'],
  ['telemetry.istio.io/v1alpha1', 'Telemetry'],
  ['extensions.istio.io/v1alpha1', 'WasmPlugin'],
])('%s is served for %s, and v9 is not', (apiVersion, kind) => {
  const paths = (version: string) =>
    parseResources(JSON.stringify({ apiVersion: version, kind, metadata: { name: 'a' } }), 'f').problems.map(
      ({ path }) => path,
    )
  expect(paths(apiVersion)).not.toContain('apiVersion')
  expect(paths(apiVersion.replace(/v1.*/, 'v9'))).toContain('apiVersion')
})
