/**
 * A start fills the heap with what is needed once: the text of modules, certificates, first snapshots. V8 would keep the room for it as long as the process
 * rests. One collection of everything gives it back; the young generation may then be as large as traffic wants it, which small ones pay for with CPU time.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Stops the process for some milliseconds: for the time before there is traffic. */
export function compactHeap(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as NodeJS.GCFunction
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
