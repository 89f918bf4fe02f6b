/** What nginx and haproxy have in common here: one process for each side, a configuration file, and the pair's certificates told apart by name. */
import { join } from 'node:path'
import { freePorts } from '@meshmart/sidecar/internal'
import { familyOf } from '../harness/kernel.ts'
import { listens } from '../harness/listens.ts'
import { untilReady, type SpawnedProcess } from '../harness/processes.ts'
import type { Bench, Kind, Running, Subject } from '../harness/subject.ts'

export interface ClassicSide {
  readonly side: 'outbound' | 'inbound'
  readonly port: number
  readonly statusPort: number
  readonly upstreamPort: number
  readonly accessLog: string
  /** Of a pair: towards the other side. */
  readonly tls: 'none' | 'client' | 'server'
}
export interface ClassicProxy extends Pick<Subject, 'name' | 'features' | 'version'> {
  /** The program on PATH. */
  readonly program: string
  /** Where its figures are, and a word that must stand there. */
  readonly status: { readonly path: string; readonly contains: string }
  /** @param stem file name of its own, without extension. @returns the process and the file of its output */
  start(side: ClassicSide, stem: string, bench: Bench): { readonly child: SpawnedProcess; readonly log: string }
}

export function classicProxy(proxy: ClassicProxy): Subject {
  const { name, features, version, program } = proxy
  return { name, features, version, kinds: ['outbound', 'inbound', 'pair'], needs: [program], start }

  async function start(kind: Kind, bench: Bench): Promise<Running> {
    const [port, inner, statusPort, innerStatus] = (await freePorts(4)) as [number, number, number, number]
    const stemOf = (side: string): string => join(bench.folder, `${program}-${kind}-${side}`)
    const common = { upstreamPort: bench.upstream.port, port, statusPort }
    const log = (side: string): string => `${stemOf(side)}.access.log`
    const inbound = { ...common, side: 'inbound', accessLog: log('inbound') } as const
    const outbound = { ...common, side: 'outbound', accessLog: log('outbound') } as const
    const sides: ClassicSide[] =
      kind === 'pair'
        ? [
            { ...inbound, port: inner, statusPort: innerStatus, tls: 'server' },
            { ...outbound, upstreamPort: inner, tls: 'client' },
          ]
        : [{ ...(kind === 'inbound' ? inbound : outbound), tls: 'none' }]
    const children: SpawnedProcess[] = []
    for (const side of sides) {
      const { child, log: output } = proxy.start(side, stemOf(side.side), bench)
      children.push(child)
      await untilReady(name, child, output, () => listens(side.port))
    }
    const client = { certificate: bench.authority.issue('gateway'), root: bench.authority.root }
    return {
      port,
      host: 'orders',
      pids: children.flatMap(({ pid }) => familyOf(pid)),
      accessLogs: sides.map(({ accessLog }) => accessLog),
      metrics: { url: `http://127.0.0.1:${statusPort}${proxy.status.path}`, contains: proxy.status.contains },
      traces: false,
      mtls: kind === 'pair' ? { port: inner, client } : null,
      stop: async () => void (await Promise.all(children.map((child) => child.stop()))),
    }
  }
}
