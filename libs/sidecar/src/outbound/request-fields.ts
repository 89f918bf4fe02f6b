/** Header fields as a flat list of names and values: undici hands them over in four shapes, node in one of them. */
import type { Dispatcher } from 'undici'

/** RFC 9110, 7.6.1: they concern one connection and never go on. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
])

/** @returns name, value, name, value, …; names in lower case */
export function flattenFields(headers: Dispatcher.DispatchOptions['headers']): string[] {
  const flat: string[] = []
  if (headers === null || headers === undefined) return flat
  const add = (name: string, value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) flat.push(name.toLowerCase(), String(one))
    else if (value !== undefined && value !== null) flat.push(name.toLowerCase(), String(value))
  }
  if (Array.isArray(headers) && !Array.isArray(headers[0])) {
    for (let index = 0; index + 1 < headers.length; index += 2) add(String(headers[index]), headers[index + 1])
  } else if (Symbol.iterator in headers) {
    for (const pair of headers) if (Array.isArray(pair)) add(String(pair[0]), pair[1])
  } else {
    for (const [name, value] of Object.entries(headers)) add(name, value)
  }
  return flat
}

/** Without what belongs to one connection: the fixed list and whatever `Connection` names. Names in lower case. */
export function endToEndFields(fields: readonly string[]): string[] {
  const named = new Set<string>()
  for (let index = 0; index < fields.length; index += 2) {
    if (fields[index] === 'connection')
      for (const token of (fields[index + 1] ?? '').split(',')) named.add(token.trim().toLowerCase())
  }
  return filterFields(fields, (name) => !HOP_BY_HOP.has(name) && !named.has(name))
}

export function filterFields(fields: readonly string[], keep: (name: string) => boolean): string[] {
  const kept: string[] = []
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? ''
    if (keep(name)) kept.push(name, fields[index + 1] ?? '')
  }
  return kept
}
