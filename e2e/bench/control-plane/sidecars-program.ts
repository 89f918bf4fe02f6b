/**
 * A process of simulated sidecars; the bench starts several of them and asks over IPC.
 * `node sidecars-program.ts '{"fleet": …, "from": 0, "to": 50}'`
 */
import type { SidecarLog } from '@meshmart/sidecar'
import { SimulatedSidecar, type FleetSettings } from './simulated-sidecar.ts'

export interface SidecarsCommand {
  readonly fleet: FleetSettings
  /** Indices of the sidecars: `from` included, `to` not. */
  readonly from: number
  readonly to: number
}
/** What has arrived since the question before. */
export interface Arrivals {
  /** Of each sidecar, by its index: snapshots by key. */
  readonly received: Readonly<Record<number, Readonly<Record<string, number>>>>
  /** Milliseconds from a new replica's lease to its endpoint. */
  readonly lagsMs: readonly number[]
}

/** As many at once join: the same number of services that start together. */
const AT_ONCE = 8

const command = JSON.parse(process.argv[2] ?? '') as SidecarsCommand
const silent = (): void => undefined
const complain = (message: string, fields?: object): void =>
  void process.stderr.write(`${message} ${JSON.stringify(fields ?? {})}\n`)
const log: SidecarLog = { level: 'warn', debug: silent, info: silent, warn: complain, error: complain }

const sidecars = new Map<number, SimulatedSidecar>()
const waiting = Array.from({ length: command.to - command.from }, (_, place) => command.from + place)
const startInTurn = async (): Promise<void> => {
  for (let index = waiting.shift(); index !== undefined; index = waiting.shift())
    sidecars.set(index, await SimulatedSidecar.start(index, command.fleet, log))
}
await Promise.all(Array.from({ length: AT_ONCE }, startInTurn))
process.on('message', () => process.send?.(arrivals()))
process.on('disconnect', () => process.exit())
process.send?.('started')

function arrivals(): Arrivals {
  const received: Record<number, Record<string, number>> = {}
  const lagsMs: number[] = []
  for (const [index, sidecar] of sidecars) {
    received[index] = Object.fromEntries(sidecar.received)
    sidecar.received.clear()
    lagsMs.push(...sidecar.lags.splice(0))
  }
  return { received, lagsMs }
}
