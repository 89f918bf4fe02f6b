/**
 * A second reader of requests, written another way on purpose: the whole text at once, regular expressions, nothing incremental, nothing fast. Where it and the
 * codec disagree, one of them is wrong.
 */
export interface ReferenceRequest {
  readonly method: string
  readonly target: string
  readonly body: string
}

export interface ReferenceReading {
  readonly requests: ReferenceRequest[]
  /** Something that is no request followed. */
  readonly refused: boolean
  /** The text ended before a request did. */
  readonly unfinished: boolean
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const TEXT = '[\\t\\x20-\\x7e\\x80-\\xff]'
const HEAD = new RegExp(`^(${TOKEN}) ([!-~\\x80-\\xff]+) HTTP/1\\.([01])\\r\\n((?:${TOKEN}:${TEXT}*\\r\\n)*)\\r\\n`)
const QUOTED = '"(?:[^"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"'
const CHUNK_HEAD = new RegExp(`^([0-9A-Fa-f]{1,16})(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?)*\\r\\n`)
const TRAILERS = new RegExp(`^((?:${TOKEN}:${TEXT}*\\r\\n)*)\\r\\n`)
const NOT_BEHIND = /^(?:content-length|transfer-encoding|host|connection|trailer|upgrade|te):/im
const CODINGS = /^(?:(?:identity|(?:x-)?gzip|deflate|(?:x-)?compress)[ \t]*,[ \t]*)*chunked$/i
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::\d{0,5})?$/

export function readByReference(whole: string): ReferenceReading {
  const requests: ReferenceRequest[] = []
  let text = whole
  const over = (refused: boolean): ReferenceReading => ({ requests, refused, unfinished: !refused && text !== '' })
  while (text !== '') {
    const start = text.startsWith('\r\n') ? text.slice(2) : text
    const [head, method = '', target = '', minor, lines = ''] = HEAD.exec(start) ?? []
    // Wrong and not yet whole look the same from here.
    if (head === undefined) return over(false)
    const values = (name: string): string[] =>
      [...lines.matchAll(new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r$`, 'gim'))].map((match) => match[1] ?? '')
    const path = method === 'CONNECT' && /[#\x80-\xff]/.test(target) ? null : targetOf(method, plain(target))
    const hosts = values('host')
    const lengths = values('content-length')
    const codings = values('transfer-encoding')
    const hostless = plain(target) === '*' || /^http/i.test(target)
    const wrong =
      path === null ||
      hosts.length > 1 ||
      (hosts.length === 0 && minor === '1') ||
      hosts.some((host) => !HOST.test(host) && !(host === '' && hostless)) ||
      lengths.length > 1 ||
      lengths.some((length) => !/^\d{1,15}$/.test(length)) ||
      (codings.length > 0 && (lengths.length > 0 || minor === '0' || !CODINGS.test(codings.join(','))))
    const length = Number(lengths[0] ?? 0)
    if (wrong || ((length > 0 || codings.length > 0) && /^(?:TRACE|CONNECT)$/.test(method))) return over(true)
    const rest = start.slice(head.length)
    const body =
      codings.length > 0 ? chunks(rest) : length > rest.length ? null : { text: rest.slice(0, length), size: length }
    if (body === 'wrong') return over(true)
    if (body === null) return over(false)
    requests.push({ method, target: path, body: body.text })
    text = rest.slice(body.size)
    const options = values('connection')
      .join(',')
      .toLowerCase()
      .split(/[ \t]*,[ \t]*/)
    if (options.includes('close') || method === 'CONNECT' || (minor === '0' && !options.includes('keep-alive')))
      text = ''
  }
  return over(false)
}

/** Without its fragment, in ASCII; empty where its bytes are no UTF-8. */
function plain(target: string): string {
  const [asked = ''] = target.split('#')
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(asked, 'latin1'))
    return text.replaceAll(/\P{ASCII}/gu, encodeURIComponent)
  } catch {
    return ''
  }
}

function targetOf(method: string, target: string): string | null {
  if (method === 'CONNECT') return HOST.test(target) && target.includes(':') ? target : null
  if (target.startsWith('/') || (target === '*' && method === 'OPTIONS')) return target
  const [, host = '', path = ''] = /^https?:\/\/([^/?]*)(.*)$/i.exec(target) ?? []
  if (!HOST.test(host)) return null
  return path === '' ? (method === 'OPTIONS' ? '*' : '/') : path.replace(/^\?/, '/?')
}

/** @returns null where more must come */
function chunks(whole: string): { text: string; size: number } | 'wrong' | null {
  let text = ''
  let at = 0
  for (;;) {
    const rest = whole.slice(at)
    const [line, digits = ''] = CHUNK_HEAD.exec(rest) ?? []
    if (line === undefined) return /^[0-9A-Fa-f]{0,16}(?:;[^\r\n]*)?\r?$/.test(rest) ? null : 'wrong'
    const size = Number.parseInt(digits, 16)
    at += line.length
    if (size > Number.MAX_SAFE_INTEGER) return 'wrong'
    if (size === 0) break
    text += whole.slice(at, at + size)
    const end = whole.slice(at + size, at + size + 2)
    if (!'\r\n'.startsWith(end)) return 'wrong'
    if (end.length < 2) return null
    at += size + 2
  }
  const trailers = TRAILERS.exec(whole.slice(at))
  if (trailers === null) return null
  return NOT_BEHIND.test(trailers[1] ?? '') ? 'wrong' : { text, size: at + trailers[0].length }
}
