import { expect, test } from 'vitest'
import { placesOf, problemsOf } from '../testing/problems.ts'

const policy = (written: string) => placesOf(problemsOf('DestinationRule', `{host: a, trafficPolicy: {${written}}}`))

test.each([
  ['loadBalancer: {consistentHash: {httpHeaderName: "a b"}}', 'loadBalancer.consistentHash.httpHeaderName'],
  ['loadBalancer: {consistentHash: {useSourceIp: false}}', 'loadBalancer.consistentHash.useSourceIp'],
  [
    'loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 10}}}',
    'loadBalancer.consistentHash.maglev.tableSize',
  ],
  [
    'loadBalancer: {consistentHash: {useSourceIp: true, minimumRingSize: 9000000}}',
    'loadBalancer.consistentHash.minimumRingSize',
  ],
  ['loadBalancer: {simple: ROUND_ROBIN, warmup: {duration: 0s}}', 'loadBalancer.warmup.duration'],
  ['loadBalancer: {simple: ROUND_ROBIN, warmup: {duration: 1s, aggression: 0}}', 'loadBalancer.warmup.aggression'],
  [
    'loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 90}}]}}',
    'loadBalancer.localityLbSetting.distribute[0].to',
  ],
  [
    'loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 100}}], failover: [{from: a, to: b}]}}',
    'loadBalancer.localityLbSetting',
  ],
  [
    'outlierDetection: {}, loadBalancer: {localityLbSetting: {failover: [{from: a, to: a}]}}',
    'loadBalancer.localityLbSetting.failover[0]',
  ],
  ['connectionPool: {tcp: {maxConnections: -1}}', 'connectionPool.tcp.maxConnections'],
  ['connectionPool: {tcp: {tcpKeepalive: {time: soon}}}', 'connectionPool.tcp.tcpKeepalive.time'],
  ['connectionPool: {http: {idleTimeout: soon}}', 'connectionPool.http.idleTimeout'],
  ['outlierDetection: {minHealthPercent: 101}', 'outlierDetection.minHealthPercent'],
  ['outlierDetection: {consecutiveLocalOriginFailures: 3}', 'outlierDetection.consecutiveLocalOriginFailures'],
  ['tls: {mode: MUTUAL, privateKey: /k}', 'tls.clientCertificate'],
  ['tls: {mode: SIMPLE, insecureSkipVerify: true, caCertificates: /c}', 'tls.insecureSkipVerify'],
  ['retryBudget: {percent: 101}', 'retryBudget.percent'],
  ['portLevelSettings: [{port: {number: 80}, tls: {mode: MUTUAL}}]', 'portLevelSettings[0].tls.privateKey'],
  ['portLevelSettings: [{port: {number: 80}}, {port: {number: 80}}]', 'portLevelSettings[1].port'],
])('%s', (written, path) => {
  expect(policy(written)).toContain(`error spec.trafficPolicy.${path}`)
})

test.each([
  ['loadBalancer: {localityLbSetting: {failoverPriority: [rack]}}', 'loadBalancer.localityLbSetting'],
  ['loadBalancer: {simple: RANDOM, warmup: {duration: 1s}}', 'loadBalancer.warmup'],
  ['tls: {mode: DISABLE, sni: a}', 'tls.sni'],
  ['connectionPool: {tcp: {tcpKeepalive: {probes: 3}}}', 'connectionPool.tcp.tcpKeepalive.probes'],
])('has no effect: %s', (written, path) => {
  expect(policy(written)).toEqual([`warning spec.trafficPolicy.${path}`])
})
