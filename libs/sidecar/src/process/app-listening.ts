/** A replica whose application does not listen yet must not be called: before it is registered, each of its ports is tried. */
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { SidecarLog } from '../log.ts'
import type { AppPort } from './settings.ts'

const PAUSE_MS = 100
const TRY_MS = 1000

/** Resolves when all of them take connections, or when `signal` says that it no longer matters. */
export async function untilListening(
  address: string,
  ports: readonly AppPort[],
  log: SidecarLog,
  signal: AbortSignal,
): Promise<void> {
  for (const { name, appPort } of ports) {
    let told = false
    while (!signal.aborted && !(await listens(address, appPort))) {
      if (!told) log.info('waiting for the application', { port: name, address: `${address}:${appPort}` })
      told = true
      await pause(PAUSE_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: TRY_MS })
    const done = (listening: boolean): void => {
      socket.destroy()
      resolve(listening)
    }
    socket.once('connect', () => done(true))
    socket.once('timeout', () => done(false))
    socket.once('error', () => done(false))
  })
}
