/**
 * Fields of node's request, changed in all the forms in which the application may read them. Node makes `headersDistinct` from `rawHeaders` when it is first
 * asked for, and counts on as many as came: it is asked for before anything is taken away.
 */
import type { IncomingMessage } from 'node:http'

/** @param name in lower case */
export function removeField(request: IncomingMessage, name: string): void {
  delete request.headers[name]
  delete request.headersDistinct[name]
  const { rawHeaders } = request
  let kept = 0
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const key = rawHeaders[index] ?? ''
    if (key.length === name.length && key.toLowerCase() === name) continue
    rawHeaders[kept] = key
    rawHeaders[kept + 1] = rawHeaders[index + 1] ?? ''
    kept += 2
  }
  rawHeaders.length = kept
}

export function setField(request: IncomingMessage, name: string, value: string): void {
  removeField(request, name)
  appendField(request, name, value)
}

/** @param name of a field that the request does not have; in lower case */
export function appendField(request: IncomingMessage, name: string, value: string): void {
  request.rawHeaders.push(name, value)
  request.headersDistinct[name] = [value]
  request.headers[name] = name === 'set-cookie' ? [value] : value
}

export function addField(request: IncomingMessage, name: string, value: string): void {
  const before = request.headers[name]
  ;(request.headersDistinct[name] ??= []).push(value)
  request.rawHeaders.push(name, value)
  if (before === undefined) request.headers[name] = name === 'set-cookie' ? [value] : value
  else if (Array.isArray(before)) before.push(value)
  else request.headers[name] = `${before}${name === 'cookie' ? '; ' : ', '}${value}`
}
