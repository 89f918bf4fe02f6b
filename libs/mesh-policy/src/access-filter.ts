/**
 * Which requests are written to the access log: `filter.expression` of a Telemetry, the part of CEL that speaks of one request. Attributes are Envoy's
 * (`response.code`, `request.path`, …), with comparisons, `&&`, `||`, `!`, `in [..]`, `has(..)` and the methods of texts. Prepared once per snapshot.
 */

/** What an expression may ask. */
export interface LoggedRequest {
  readonly method: string
  readonly path: string
  readonly authority: string
  readonly status: number
  /** In words: Envoy's `response.code_details`. */
  readonly reason: string
  /** Envoy's letters, `-` where there are none. */
  readonly flag: string
  /** Of the bodies. */
  readonly bytesReceived: number
  readonly bytesSent: number
}
export type AccessFilter = (request: LoggedRequest) => boolean

type Value = string | number | boolean | readonly Value[]
type Expression = (request: LoggedRequest) => Value

const ATTRIBUTES: Readonly<Record<string, Expression>> = {
  'request.method': ({ method }) => method,
  'request.path': ({ path }) => path,
  'request.url_path': ({ path }) => path,
  'request.host': ({ authority }) => authority,
  'request.size': ({ bytesReceived }) => bytesReceived,
  'response.code': ({ status }) => status,
  'response.code_details': ({ reason }) => reason,
  'response.flags': ({ flag }) => flag,
  'response.size': ({ bytesSent }) => bytesSent,
}
const METHODS: Readonly<Record<string, (text: string, argument: string) => boolean>> = {
  startsWith: (text, argument) => text.startsWith(argument),
  endsWith: (text, argument) => text.endsWith(argument),
  contains: (text, argument) => text.includes(argument),
}
const COMPARISONS: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

/** @throws SyntaxError that says where the expression cannot be understood */
export function prepareAccessFilter(expression: string): AccessFilter {
  const parser = new Parser(expression)
  const parsed = parser.whole()
  return (request) => parsed(request) === true
}

/** Why an expression cannot be used; null where it can. */
export function accessFilterProblem(expression: string): string | null {
  try {
    prepareAccessFilter(expression)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const TOKEN =
  /\s*(?:([A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*)|(-?\d+(?:\.\d+)?)|'([^']*)'|"([^"]*)"|(&&|\|\||==|!=|<=|>=|[<>!()[\],.]))/y

interface Token {
  readonly name?: string
  readonly literal?: Value
  readonly sign?: string
  readonly at: number
}

class Parser {
  readonly #tokens: Token[]
  #next = 0

  constructor(text: string) {
    this.#tokens = tokensOf(text)
  }

  whole(): Expression {
    const expression = this.#or()
    const rest = this.#tokens[this.#next]
    if (rest !== undefined) throw new SyntaxError(`what begins at character ${rest.at + 1} is not understood`)
    return expression
  }

  #or(): Expression {
    const parts = [this.#and()]
    while (this.#take('||')) parts.push(this.#and())
    return parts.length === 1 ? (parts[0] ?? never) : (request) => parts.some((part) => part(request) === true)
  }

  #and(): Expression {
    const parts = [this.#comparison()]
    while (this.#take('&&')) parts.push(this.#comparison())
    return parts.length === 1 ? (parts[0] ?? never) : (request) => parts.every((part) => part(request) === true)
  }

  #comparison(): Expression {
    const left = this.#operand()
    const { sign, name } = this.#tokens[this.#next] ?? {}
    if (name === 'in') {
      this.#next++
      const right = this.#operand()
      return (request) => {
        const list = right(request)
        return Array.isArray(list) && list.includes(left(request))
      }
    }
    const compare = sign === undefined ? undefined : COMPARISONS[sign]
    if (compare === undefined) return left
    this.#next++
    const right = this.#operand()
    return (request) => compare(left(request), right(request))
  }

  #operand(): Expression {
    if (this.#take('!')) {
      const inner = this.#operand()
      return (request) => inner(request) !== true
    }
    if (this.#take('(')) {
      const inner = this.#or()
      this.#expect(')')
      return inner
    }
    if (this.#take('[')) return this.#list()
    const token = this.#tokens[this.#next++]
    if (token?.literal !== undefined) return constant(token.literal)
    if (token?.name === undefined) throw new SyntaxError('ends where a value is missing')
    return this.#named(token.name)
  }

  #list(): Expression {
    const entries: Expression[] = []
    while (!this.#take(']')) {
      if (entries.length > 0) this.#expect(',')
      entries.push(this.#operand())
    }
    return (request) => entries.map((entry) => entry(request))
  }

  #named(name: string): Expression {
    if (name === 'true' || name === 'false') return constant(name === 'true')
    if (name === 'has' && this.#take('(')) {
      const inner = this.#tokens[this.#next++]?.name ?? ''
      this.#expect(')')
      attribute(inner)
      return constant(true)
    }
    if (!this.#take('(')) return attribute(name)
    const dot = name.lastIndexOf('.')
    const [of, method] = [attribute(name.slice(0, Math.max(0, dot))), name.slice(dot + 1)]
    const argument = this.#tokens[this.#next++]?.literal
    this.#expect(')')
    if (typeof argument !== 'string') throw new SyntaxError(`${method} needs a text in quotation marks`)
    const test = METHODS[method]
    if (test === undefined) throw new SyntaxError(`${method} is no method that is known here`)
    return (request) => test(String(of(request)), argument)
  }

  #take(sign: string): boolean {
    if (this.#tokens[this.#next]?.sign !== sign) return false
    this.#next++
    return true
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw new SyntaxError(`${sign} is missing`)
  }
}

function attribute(name: string): Expression {
  const found = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined
  if (found === undefined) {
    throw new SyntaxError(`${name} is no attribute that is known here; known: ${Object.keys(ATTRIBUTES).join(', ')}`)
  }
  return found
}

const constant = (value: Value): Expression => {
  return () => value
}
const never: Expression = () => false

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  let at = 0
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)
    if (found === null) throw new SyntaxError(`what begins at character ${at + 1} is not understood`)
    const [, name, number, single, double, sign] = found
    const literal = number === undefined ? (single ?? double) : Number(number)
    tokens.push({
      at,
      ...(name !== undefined && { name }),
      ...(literal !== undefined && { literal }),
      ...(sign !== undefined && { sign }),
    })
    at = TOKEN.lastIndex
  }
  return tokens
}
