import { describe, expect, test } from 'vitest'
import { placesOf, problemsOf } from '../testing/problems.ts'

const TO_A = 'route: [{destination: {host: a}}]'
const route = (more: string) => placesOf(problemsOf('VirtualService', `{hosts: [a], http: [${more}]}`))
const whole = (spec: string) => placesOf(problemsOf('VirtualService', spec))

test('everything at once is fine', () => {
  const more = `match: [{scheme: {exact: http}, withoutHeaders: {x: {}, y: {regex: "*"}}, queryParams: {q: {regex: ".*"}}, port: 80,
    sourceLabels: {app: web}, sourceNamespace: shop, gateways: [mesh]}], timeout: 1s, headers: {request: {set: {x-a: "%REQ(x-b)%"}}},
    fault: {delay: {fixedDelay: 1s, percentage: {value: 1}}, abort: {grpcStatus: UNAVAILABLE, percentage: {value: 0.001}}},
    rewrite: {uri: /b, authority: b}, mirror: {host: a}, mirrorPercentage: {value: 10},
    corsPolicy: {allowOrigins: [{exact: "https://a"}], allowMethods: [GET], allowHeaders: ["*"], maxAge: 1h},
    retries: {attempts: 2, backoff: 25ms, retryIgnorePreviousHosts: false, retryRemoteLocalities: true}`
  expect(route(`{${more}, ${TO_A}}`)).toEqual([])
})

describe('a route that is wrong', () => {
  test.each([
    ['redirect: {}', 'redirect'],
    ['redirect: {redirectCode: 305, uri: /b}', 'redirect.redirectCode'],
    ['redirect: {scheme: ftp}', 'redirect.scheme'],
    ['redirect: {port: 0, uri: /b}', 'redirect.port'],
    ['redirect: {uri: /b}, directResponse: {status: 200}', 'directResponse'],
    ['redirect: {uri: /b}, rewrite: {uri: /c}', 'rewrite'],
    [`directResponse: {status: 200}, ${TO_A}`, 'route'],
    ['directResponse: {status: 99}', 'directResponse.status'],
    ['directResponse: {status: 200, body: {bytes: "/w=="}}', 'directResponse.body.bytes'],
    [`rewrite: {}, ${TO_A}`, 'rewrite'],
    [`rewrite: {uri: /a, uriRegexRewrite: {match: a, rewrite: b}}, ${TO_A}`, 'rewrite'],
    [`rewrite: {uriRegexRewrite: {match: "(?=a)", rewrite: b}}, ${TO_A}`, 'rewrite.uriRegexRewrite.match'],
    [`rewrite: {uriRegexRewrite: {match: a, rewrite: "\\\\1"}}, ${TO_A}`, 'rewrite.uriRegexRewrite.rewrite'],
    [`rewrite: {uriRegexRewrite: {match: a}}, ${TO_A}`, 'rewrite.uriRegexRewrite'],
    [`rewrite: {authority: b}, headers: {request: {set: {host: c}}}, ${TO_A}`, 'headers'],
    [`headers: {request: {set: {x: "%NOBODY%"}}}, ${TO_A}`, 'headers.request.set.x'],
    [`headers: {request: {add: {x: "50%"}}}, ${TO_A}`, 'headers.request.add.x'],
    [`headers: {request: {set: {":path": a}}}, ${TO_A}`, 'headers.request.set.":path"'],
    [`headers: {response: {set: {host: a}}}, ${TO_A}`, 'headers.response.set.host'],
    [`headers: {response: {remove: ["a b"]}}, ${TO_A}`, 'headers.response.remove[0]'],
    ['route: [{destination: {host: a}, headers: {request: {remove: [host]}}}]', 'route[0].headers.request.remove[0]'],
    [`fault: {delay: {fixedDelay: 0s, percentage: {value: 1}}}, ${TO_A}`, 'fault.delay.fixedDelay'],
    [`fault: {delay: {fixedDelay: 1s, percentage: {value: 101}}}, ${TO_A}`, 'fault.delay.percentage.value'],
    [`fault: {delay: {exponentialDelay: 1s, percentage: {value: 1}}}, ${TO_A}`, 'fault.delay.exponentialDelay'],
    [`fault: {abort: {httpStatus: 600, percentage: {value: 1}}}, ${TO_A}`, 'fault.abort.httpStatus'],
    [`fault: {abort: {grpcStatus: GONE, percentage: {value: 1}}}, ${TO_A}`, 'fault.abort.grpcStatus'],
    [`fault: {abort: {http2Error: a, percentage: {value: 1}}}, ${TO_A}`, 'fault.abort.http2Error'],
    [`mirror: {host: a}, mirrors: [{destination: {host: a}}], ${TO_A}`, 'mirrors'],
    [`mirror: {host: a}, mirrorPercentage: {value: -1}, ${TO_A}`, 'mirrorPercentage.value'],
    [`mirrors: [{destination: {host: a, port: {number: 0}}}], ${TO_A}`, 'mirrors[0].destination.port.number'],
    [`corsPolicy: {allowOrigins: [{regex: "("}]}, ${TO_A}`, 'corsPolicy.allowOrigins[0].regex'],
    [`corsPolicy: {allowMethods: [FETCH]}, ${TO_A}`, 'corsPolicy.allowMethods[0]'],
    [`corsPolicy: {maxAge: 1500ms}, ${TO_A}`, 'corsPolicy.maxAge'],
    [`retries: {retryOn: 5xx}, ${TO_A}`, 'retries.attempts'],
    [`retries: {attempts: 1, backoff: 0s}, ${TO_A}`, 'retries.backoff'],
    [`match: [{headers: {"@request.auth.claim.a": {exact: b}}}], ${TO_A}`, 'match[0].headers."@request.auth.claim.a"'],
    [`match: [{withoutHeaders: {x: {regex: "("}}}], ${TO_A}`, 'match[0].withoutHeaders.x.regex'],
    [`match: [{port: 70000}], ${TO_A}`, 'match[0].port'],
    [`match: [{sourceLabels: {"a b": c}}], ${TO_A}`, 'match[0].sourceLabels."a b"'],
    [`match: [{gateways: [a/b/c]}], ${TO_A}`, 'match[0].gateways[0]'],
    [`delegate: {name: b}, ${TO_A}`, 'route'],
    ['delegate: {}', 'delegate.name'],
  ])('%s', (written, path) => {
    expect(route(`{${written}}`)).toContain(`error spec.http[0].${path}`)
  })
})

test.each([
  ['{hosts: [a, A], http: []}', 'error spec.hosts[1]'],
  ['{hosts: ["*"], http: [{redirect: {uri: /}}]}', 'error spec.hosts[0]'],
  ['{gateways: [a], http: [{redirect: {uri: /}}]}', 'error spec.gateways'],
  ['{http: [{delegate: {name: b}}]}', 'error spec.http[0].delegate'],
  ['{hosts: [a]}', 'error spec.http'],
  ['{hosts: [a], tcp: [{}]}', 'error spec.tcp[0].route'],
  [
    `{hosts: [a], tcp: [{match: [{destinationSubnets: [10.0.0.0/40]}], ${TO_A}}]}`,
    'error spec.tcp[0].match[0].destinationSubnets[0]',
  ],
  [`{hosts: [a.org], tls: [{match: [{sniHosts: [b.org]}], ${TO_A}}]}`, 'error spec.tls[0].match[0].sniHosts[0]'],
  [`{hosts: [a.org], tls: [{match: [], ${TO_A}}]}`, 'error spec.tls[0].match'],
  ['{hosts: [a], tcp: [{route: [{destination: {host: a}}, {destination: {host: b}}]}]}', 'error spec.tcp[0].route'],
])('%s', (spec, place) => {
  expect(whole(spec)).toContain(place)
})

test('a fault without a percentage never happens, which is a warning', () => {
  expect(route(`{fault: {delay: {fixedDelay: 1s}}, ${TO_A}}`)).toEqual(['warning spec.http[0].fault.delay'])
})
