/** Our sidecar in its process placement, with the real control plane behind it. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { clone } from '../../testing/shop-under-test.ts'
import { ask } from '../harness/ask.ts'
import { freePorts } from '@meshmart/sidecar/internal'
import { untilReady, type SpawnedProcess } from '../harness/processes.ts'
import type { Running, Subject } from '../harness/subject.ts'
import { meshOf } from './mesh.ts'
import { startSidecarProcess, type SidecarProcess } from './sidecar-process.ts'

type Ports = [number, number, number, number, number, number]
let starts = 0

export const sidecar: Subject = {
  name: 'sidecar',
  kinds: ['outbound', 'inbound', 'pair'],
  needs: [],
  features:
    "ten routes and Istio's default retries (outbound), AuthorizationPolicy (inbound), path normalisation, access log, Istio's standard metrics, " +
    'trace context with 1 % sampling, spans to the control plane, request id; configured by the control plane from Istio YAML',
  version: () => {
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: clone, encoding: 'utf8' })
    return Promise.resolve(`at ${commit.trim()}`)
  },
  async start(kind, bench): Promise<Running> {
    const [outboundPort, inboundPort, callerAdmin, calleeAdmin, ...unused] = (await freePorts(6)) as Ports
    const number = ++starts
    const callee = kind === 'inbound' ? 'inventory' : 'orders'
    const side = (workload: string): Pick<SidecarProcess, 'workload' | 'instance' | 'accessLog' | 'appPort'> => ({
      workload,
      instance: `${workload}-${number}`,
      accessLog: join(bench.folder, `${workload}-${number}.access.log`),
      appPort: bench.upstream.port,
    })
    const sides: SidecarProcess[] = []
    if (kind !== 'outbound')
      sides.push({ ...side(callee), adminPort: calleeAdmin, outboundPort: unused[0], inboundPort })
    if (kind !== 'inbound')
      sides.push({ ...side('gateway'), adminPort: callerAdmin, outboundPort, inboundPort: unused[1] })

    const children: SpawnedProcess[] = []
    const stop = async (): Promise<void> => void (await Promise.all(children.map((child) => child.stop())))
    try {
      for (const each of sides) children.push(await startSidecarProcess(bench, each))
      const port = kind === 'inbound' ? inboundPort : outboundPort
      const host = kind === 'outbound' ? 'plain.bench' : callee
      const first = (): Promise<boolean> =>
        ask({ port, host, path: '/items/200' }).then(
          ({ status }) => status === 200,
          () => false,
        )
      // The caller meets its host with the first request, and hears of the callee when its lease has been read.
      const last = sides.at(-1)!
      await untilReady(`our sidecar (${kind})`, children.at(-1)!, join(bench.folder, `${last.instance}.output`), first)
      return {
        port,
        host,
        pids: children.map(({ pid }) => pid),
        accessLogs: sides.map(({ accessLog }) => accessLog),
        metrics: { url: `http://127.0.0.1:${last.adminPort}/stats/prometheus`, contains: 'istio_requests_total' },
        traces: true,
        mtls: kind === 'pair' ? { port: inboundPort, client: await (await meshOf(bench)).join('gateway') } : null,
        stop,
      }
    } catch (error) {
      await stop()
      throw error
    }
  },
}
