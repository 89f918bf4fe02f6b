/** Where a rule looks for its tokens: header fields with a prefix, query parameters, cookies. Without any, as Istio does: `Authorization: Bearer`, `access_token`. */
import type { JwtRule } from './snapshot.ts'

/** A request that may carry tokens. */
export interface TokenCarrier {
  /** @param name in lower case */
  header(name: string): string | undefined
  /** Without the question mark. */
  readonly query: string
}

export interface FoundToken {
  readonly token: string
  /** Field that it came in; null where it came another way. */
  readonly header: string | null
  readonly parameter: string | null
}

interface HeaderPlace {
  readonly name: string
  readonly prefix: string
}

/** Base64url and the dot: where a token begins. */
const TOKEN_CHARACTER = /[A-Za-z0-9_.-]/g

export class TokenPlaces {
  readonly #headers: readonly HeaderPlace[]
  readonly #parameters: readonly string[]
  readonly #cookies: readonly string[]

  constructor({ fromHeaders = [], fromParams = [], fromCookies = [] }: JwtRule) {
    const none = fromHeaders.length + fromParams.length + fromCookies.length === 0
    this.#headers = none
      ? [{ name: 'authorization', prefix: 'Bearer ' }]
      : fromHeaders.map(({ name, prefix }) => ({ name: name.toLowerCase(), prefix }))
    this.#parameters = none ? ['access_token'] : fromParams
    this.#cookies = fromCookies
  }

  /** In the order in which Envoy looks; null where there is none. */
  find(carrier: TokenCarrier): FoundToken[] | null {
    let found: FoundToken[] | null = null
    for (const place of this.#headers) {
      const value = carrier.header(place.name)
      const token = value === undefined ? null : afterPrefix(value, place.prefix)
      if (token !== null) (found ??= []).push({ token, header: place.name, parameter: null })
    }
    if (this.#parameters.length > 0 && carrier.query !== '') {
      const pairs = carrier.query.split('&').map(decodedPair)
      for (const parameter of this.#parameters) {
        const token = pairs.find(([name]) => name === parameter)?.[1]
        if (token !== undefined) (found ??= []).push({ token, header: null, parameter })
      }
    }
    for (const name of this.#cookies) {
      const token = cookieOf(carrier.header('cookie'), name)
      if (token !== null) (found ??= []).push({ token, header: null, parameter: null })
    }
    return found
  }
}

function afterPrefix(value: string, prefix: string): string | null {
  if (value === '') return null
  if (prefix === '') return value
  const at = value.indexOf(prefix)
  if (at === -1) return null
  TOKEN_CHARACTER.lastIndex = at + prefix.length
  const first = TOKEN_CHARACTER.exec(value)
  return first === null ? value : value.slice(first.index)
}

function cookieOf(field: string | undefined, name: string): string | null {
  if (field === undefined) return null
  for (const pair of field.split(';')) {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue
    const value = pair.slice(equals + 1).trim()
    return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
  }
  return null
}

/** @param query without the question mark. @returns it without every value of that parameter, the rest exactly as it came */
export function withoutParameter(query: string, parameter: string): string {
  return query
    .split('&')
    .filter((pair) => decodedPair(pair)[0] !== parameter)
    .join('&')
}

/** As forms are written (application/x-www-form-urlencoded): a name that hides behind its escapes is that name all the same. */
function decodedPair(pair: string): readonly [name: string, value: string] {
  const equals = pair.indexOf('=')
  return equals === -1 ? [decoded(pair), ''] : [decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1))]
}

function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    // Escapes that mean nothing stay as they are.
    return spaced
  }
}
