/** Envoy, the proxy of Istio's sidecar, with one worker. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask } from '../harness/ask.ts'
import { freePorts } from '@meshmart/sidecar/internal'
import { untilReady, type SpawnedProcess } from '../harness/processes.ts'
import type { Bench, Kind, Running, Subject } from '../harness/subject.ts'
import { envoyBinary } from './envoy-binary.ts'
import { envoyConfig, type EnvoySide } from './envoy-config.ts'

async function run(side: EnvoySide, kind: Kind, bench: Bench): Promise<SpawnedProcess> {
  const stem = join(bench.folder, `envoy-${kind}-${side.side}`)
  writeFileSync(`${stem}.json`, JSON.stringify(envoyConfig(side)))
  const options = [
    '--concurrency',
    '1',
    '--disable-hot-restart',
    '--log-level',
    'error',
    '--file-flush-interval-msec',
    '500',
  ]
  const child = bench.processes.start(envoyBinary(bench.say), ['-c', `${stem}.json`, ...options], {
    core: bench.cores.proxy,
    log: `${stem}.output`,
  })
  await untilReady('Envoy', child, `${stem}.output`, () =>
    ask({ port: side.adminPort, path: '/ready' }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  )
  return child
}

export const envoy: Subject = {
  name: 'Envoy',
  kinds: ['outbound', 'inbound', 'pair'],
  needs: ['python3'],
  features:
    "ten routes and Istio's default retries (outbound), RBAC allow policy (inbound), path normalisation, Istio's access log line, Envoy's own statistics, " +
    'OpenTelemetry tracer with 1 % sampling towards a sink, request id',
  version: async () =>
    /\/(\d+\.\d+\.\d+)\//.exec(
      execFileSync(
        envoyBinary(() => undefined),
        ['--version'],
        { encoding: 'utf8' },
      ),
    )?.[1] ?? 'unknown',
  async start(kind, bench): Promise<Running> {
    const [port, inner, admin, innerAdmin] = (await freePorts(4)) as [number, number, number, number]
    const log = (side: string): string => join(bench.folder, `envoy-${kind}-${side}.access.log`)
    const common = { elsewhere: bench.upstream.elsewhere, traceSink: bench.traceSink }
    const plain = { ...common, port, adminPort: admin, upstreamPort: bench.upstream.port, tls: null }
    const client = { certificate: bench.authority.issue('gateway'), root: bench.authority.root, peer: 'orders' }
    const server = { certificate: bench.authority.issue('orders'), root: bench.authority.root, peer: 'gateway' }
    const sides: EnvoySide[] =
      kind === 'pair'
        ? [
            { ...plain, side: 'inbound', port: inner, adminPort: innerAdmin, accessLog: log('inbound'), tls: server },
            { ...plain, side: 'outbound', upstreamPort: inner, accessLog: log('outbound'), tls: client },
          ]
        : [{ ...plain, side: kind, accessLog: log(kind) }]
    const children: SpawnedProcess[] = []
    for (const side of sides) children.push(await run(side, kind, bench))
    return {
      port,
      host: 'orders',
      pids: children.map(({ pid }) => pid),
      accessLogs: sides.map(({ accessLog }) => accessLog),
      metrics: {
        url: `http://127.0.0.1:${admin}/stats/prometheus`,
        contains: 'envoy_http_downstream_rq_xx',
      },
      traces: true,
      mtls: kind === 'pair' ? { port: inner, client } : null,
      stop: async () => void (await Promise.all(children.map((child) => child.stop()))),
    }
  },
}
