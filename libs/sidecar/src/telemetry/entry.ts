/** The one entry that a recorder fills in for each request and hands to the log: an object a request would be garbage as soon as its line is written. */
import { placeWords, type AccessLogEntry } from './access-line.ts'

const NOWHERE = placeWords('-', '-', '-', '-')

export function blankEntry(direction: AccessLogEntry['direction']): AccessLogEntry {
  return {
    startedAt: 0.5, // a fraction from the start on: the engine then keeps one shape
    direction,
    method: '',
    path: '',
    status: 0,
    flag: '-',
    reason: '',
    bytesReceived: 0,
    bytesSent: 0,
    milliseconds: 0.5,
    tries: 0,
    place: NOWHERE,
    requestId: '-',
    traceId: '-',
    authority: '-',
  }
}
