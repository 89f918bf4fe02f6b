/** How the two applications find each other. Everything but the load runs on the one core, so that the tax is paid in one currency. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ask } from '../harness/ask.ts'
import { freePorts } from '@meshmart/sidecar/internal'
import { untilReady, type SpawnedProcess } from '../harness/processes.ts'
import type { Bench, Running, Subject } from '../harness/subject.ts'
import { meshEnvironment } from '../peers/sidecar-process.ts'
import type { AppOptions } from './app-process.ts'

export interface Wiring {
  readonly name: string
  start(bench: Bench): Promise<Running>
}

function startApp(bench: Bench, name: string, options: AppOptions, env?: Record<string, string>): SpawnedProcess {
  const program = join(import.meta.dirname, 'app-process.ts')
  return bench.processes.start(process.execPath, [program, JSON.stringify(options)], {
    core: bench.cores.proxy,
    log: join(bench.folder, `${name}.output`),
    ...(env === undefined ? {} : { env }),
  })
}

async function untilAnswers(bench: Bench, name: string, app: SpawnedProcess, port: number): Promise<void> {
  await untilReady(name, app, join(bench.folder, `${name}.output`), () =>
    ask({ port, path: '/items/1' }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  )
}

/** The parts that stop, in the order in which they were started, and what has been written. */
function running(port: number, parts: readonly (SpawnedProcess | Running)[], accessLogs: readonly string[]): Running {
  return {
    port,
    host: 'caller',
    pids: parts.flatMap((part) => ('pids' in part ? part.pids : [part.pid])),
    accessLogs,
    metrics: null,
    traces: false,
    mtls: null,
    stop: async () => {
      for (const part of parts.toReversed()) await part.stop()
    },
  }
}

export const direct: Wiring = {
  name: 'direct',
  async start(bench) {
    const [port, inner] = (await freePorts(2)) as [number, number]
    const callee = startApp(bench, 'direct-callee', { embedded: false, port: inner, role: 'callee' })
    const caller = startApp(bench, 'direct-caller', { embedded: false, port, role: 'caller', callsPort: inner })
    await untilAnswers(bench, 'direct-caller', caller, port)
    return running(port, [callee, caller], [])
  },
}

/** Through both sidecars of a subject's pair. */
export const through = (subject: Subject): Wiring => ({
  name: `${subject.name} pair`,
  async start(bench) {
    const [port, inner] = (await freePorts(2)) as [number, number]
    const name = `${subject.name.toLowerCase()}-caller`
    const callee = startApp(bench, `${subject.name.toLowerCase()}-callee`, {
      embedded: false,
      port: inner,
      role: 'callee',
    })
    const pair = await subject.start('pair', { ...bench, upstream: { ...bench.upstream, port: inner } })
    const caller = startApp(bench, name, { embedded: false, port, role: 'caller', callsPort: pair.port })
    await untilAnswers(bench, name, caller, port)
    return running(port, [callee, pair, caller], pair.accessLogs)
  },
})

export const embedded: Wiring = {
  name: 'sidecars embedded',
  async start(shared) {
    // A mesh of its own: in the same one, this callee and the one behind our sidecar process would be two replicas of one service, and share each other's load.
    const bench = { ...shared, folder: join(shared.folder, 'embedded') }
    mkdirSync(bench.folder)
    const [port, callerAdmin, calleeAdmin] = (await freePorts(3)) as [number, number, number]
    const logOf = (workload: string): string => join(bench.folder, `embedded-${workload}.access.log`)
    const environment = (workload: string, adminPort: number): Promise<Record<string, string>> =>
      meshEnvironment(bench, { workload, instance: `${workload}-embedded`, adminPort, accessLog: logOf(workload) })
    const callee = startApp(
      bench,
      'embedded-callee',
      { embedded: true, port: null, role: 'callee' },
      await environment('orders', calleeAdmin),
    )
    const caller = startApp(
      bench,
      'embedded-caller',
      { embedded: true, port, role: 'caller' },
      await environment('gateway', callerAdmin),
    )
    await untilAnswers(bench, 'embedded-caller', caller, port)
    return running(port, [callee, caller], [logOf('orders'), logOf('gateway')])
  },
}
