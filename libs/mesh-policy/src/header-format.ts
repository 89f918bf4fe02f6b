/**
 * Envoy's format strings for header values, as far as a request can say something about them: `%REQ(name?other):length%`, `%RESP(name)%`,
 * `%PROTOCOL%`, the addresses, and `%%` for a percent sign. Others are refused when the resource is read, and not passed on as text by accident.
 */

/** What a value may be made of. */
export interface ValueSource {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly authority: string
  /** `HTTP/1.1` */
  readonly protocol: string
  /** The client as `X-Forwarded-For` tells it. */
  readonly remoteIp: string
  /** The other end of the connection. */
  readonly sourceIp: string
  /** @param name in lower case */
  header(name: string): string | undefined
  /** Undefined also while there is no response. @param name in lower case */
  responseHeader(name: string): string | undefined
}

export interface FormattedValue {
  write(source: ValueSource): string
}

type Part = string | ((source: ValueSource) => string)

const PLAIN: Readonly<Record<string, (source: ValueSource) => string>> = {
  PROTOCOL: (source) => source.protocol,
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: (source) => source.remoteIp,
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: (source) => source.sourceIp,
}
const NAMED = /^(REQ|RESP)\(([^()?]+)(?:\?([^()?]+))?\)(?::(\d+))?$/

/** Why a value cannot be used, or null where it can. */
export function headerValueProblem(value: string): string | null {
  try {
    prepareFormat(value)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** @returns a text where nothing in it depends on the request @throws SyntaxError that names what is not known */
export function prepareFormat(text: string): string | FormattedValue {
  const parts: Part[] = []
  let constant = ''
  for (let index = 0; index < text.length; index++) {
    if (text[index] !== '%') {
      constant += text[index]
      continue
    }
    const end = text.indexOf('%', index + 1)
    if (end === -1) throw new SyntaxError('a % must be written %%, or begin a variable such as %REQ(x-request-id)%')
    if (end === index + 1) constant += '%'
    else {
      parts.push(constant, prepareVariable(text.slice(index + 1, end)))
      constant = ''
    }
    index = end
  }
  return parts.length === 0 ? constant : new Format([...parts, constant])
}

class Format implements FormattedValue {
  readonly #parts: readonly Part[]

  constructor(parts: readonly Part[]) {
    this.#parts = parts.filter((part) => part !== '')
  }

  write(source: ValueSource): string {
    let text = ''
    for (const part of this.#parts) text += typeof part === 'string' ? part : part(source)
    return text
  }
}

function prepareVariable(variable: string): (source: ValueSource) => string {
  if (Object.hasOwn(PLAIN, variable)) return PLAIN[variable] ?? unknown(variable)
  const [, kind, name, other, length] = NAMED.exec(variable) ?? []
  if (kind === undefined || name === undefined) return unknown(variable)
  const read = kind === 'REQ' ? requestField : responseField
  const first = name.toLowerCase()
  const second = other?.toLowerCase()
  const longest = length === undefined ? Infinity : Number(length)
  return (source) =>
    (read(source, first) ?? (second === undefined ? undefined : read(source, second)) ?? '').slice(0, longest)
}

function requestField(source: ValueSource, name: string): string | undefined {
  if (name === ':path') return source.target
  if (name === ':method') return source.method
  return name === ':authority' || name === 'host' ? source.authority : source.header(name)
}

function responseField(source: ValueSource, name: string): string | undefined {
  return source.responseHeader(name)
}

function unknown(variable: string): never {
  const known = ['%REQ(name)%', '%RESP(name)%', ...Object.keys(PLAIN).map((name) => `%${name}%`)].join(', ')
  throw new SyntaxError(`%${variable}% is not known here; known are ${known}, and %% for a percent sign`)
}
