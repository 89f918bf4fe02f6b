/** Closed-loop load with wrk, one thread: as fast as the subject answers on so many connections. */
import { join } from 'node:path'
import type { Running } from '../harness/subject.ts'
import { outputOf } from './program.ts'

export interface WrkLoad {
  readonly connections: number
  readonly path: string
  /** A POST with so many bytes instead of a GET. */
  readonly upload?: number
}
export interface WrkResult {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
}

/** Throws where a single request failed: a figure with errors in it says nothing. */
export async function wrk(
  { port, host }: Pick<Running, 'port' | 'host'>,
  load: WrkLoad,
  seconds: number,
): Promise<WrkResult> {
  const args = [
    '-t1',
    `-c${load.connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '-s',
    join(import.meta.dirname, 'report.lua'),
  ]
  const url = `http://127.0.0.1:${port}${load.path}`
  const body = load.upload === undefined ? [] : ['--', String(load.upload)]
  const stdout = await outputOf('wrk', [...args, '-H', `Host: ${host}`, url, ...body])
  const line = stdout.split('\n').find((each) => each.startsWith('{"requests"'))
  if (line === undefined) throw new Error(`wrk said nothing that can be read:\n${stdout}`)
  const result = JSON.parse(line) as Record<string, number>
  const errors = Object.entries(result).filter(([name, count]) => /Errors|timeouts/.test(name) && count > 0)
  if (errors.length > 0 || result['requests'] === 0)
    throw new Error(
      `wrk: ${result['requests']} requests, ${errors.map(([name, count]) => `${count} ${name}`).join(', ')}`,
    )
  return {
    requests: result['requests']!,
    seconds: result['microseconds']! / 1e6,
    p50Ms: result['p50']! / 1000,
    p99Ms: result['p99']! / 1000,
    p999Ms: result['p999']! / 1000,
  }
}
