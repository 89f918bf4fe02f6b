/** What can be told of a request line that was refused: for the log. */
import type { RefusedHead } from './server-handler.ts'

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([\x21-\x7e]{1,2000})/

/** @param at where the head begins */
export function refusedHead(data: Buffer, at: number): RefusedHead {
  const [, method = '-', target = '-'] = REQUEST_LINE.exec(data.toString('latin1', at, at + 2048)) ?? []
  return { method, target }
}
