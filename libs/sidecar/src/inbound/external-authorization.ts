/**
 * AuthorizationPolicy of action CUSTOM: an authoriser outside is asked over HTTP, as Envoy's `ext_authz` does it. 200 is yes, whatever is below 500 is its no, and
 * is told to the caller in its own words; anything else is a failure of the authoriser, and the provider says whether that lets in or not.
 */
import { RESPONSE_FLAGS, type ExternalAuthorizer } from '@meshmart/mesh-policy'
import { reasonOf } from '../log.ts'
import type { Answer } from '../stack.ts'
import type { GuardedExchange } from './guarded-exchange.ts'
import { prepareHeaderPatterns, type HeaderPatterns } from './header-patterns.ts'

/** Without a body; names in lower case. */
export interface AccessCheck {
  readonly method: string
  /** Of the request that is asked about, and not of the authoriser. */
  readonly authority: string
  /** The provider's prefix, then path and query. */
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}
export interface AccessAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}
/** Goes through the mesh to `service:port`. Rejects with a reason in words where there is no answer. @param signal aborted when its time is over */
export type CheckAccess = (
  authorizer: ExternalAuthorizer,
  check: AccessCheck,
  signal: AbortSignal,
) => Promise<AccessAnswer>

interface PreparedAuthorizer {
  readonly toCheck: HeaderPatterns
  readonly additional: readonly (readonly [string, string])[]
  readonly upstreamOnAllow: HeaderPatterns
  readonly downstreamOnAllow: HeaderPatterns
  readonly downstreamOnDeny: HeaderPatterns
}

/** What only concerns the connection to the authoriser, or what the answer gets anew. */
const NEVER_PASSED_ON: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'host',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-mesh-instance',
])
/** Told to the caller whatever the list says: without them it could not come back with what is wanted. */
const ALWAYS_ON_DENY: ReadonlySet<string> = new Set(['content-type', 'location', 'www-authenticate'])

export class ExternalAuthorization {
  readonly #checkAccess: CheckAccess
  readonly #prepared = new WeakMap<ExternalAuthorizer, PreparedAuthorizer>()

  constructor(checkAccess: CheckAccess) {
    this.#checkAccess = checkAccess
  }

  /** One after the other. @returns null where all of them agree */
  async ask(exchange: GuardedExchange, authorizers: readonly ExternalAuthorizer[]): Promise<Answer | null> {
    for (const authorizer of authorizers) {
      const answer = await this.#askOne(exchange, authorizer)
      if (answer !== null || exchange.ended) return answer
    }
    return null
  }

  async #askOne(exchange: GuardedExchange, authorizer: ExternalAuthorizer): Promise<Answer | null> {
    const prepared = this.#prepare(authorizer)
    let said: AccessAnswer
    try {
      said = await this.#within(authorizer, checkOf(exchange, authorizer, prepared))
    } catch (error) {
      return failed(authorizer, reasonOf(error))
    }
    if (said.status >= 500) return failed(authorizer, `it answered ${said.status}`)
    if (exchange.ended) return null
    if (said.status !== 200) return denied(exchange, authorizer, prepared, said)
    for (const [name, value] of said.headers) {
      if (NEVER_PASSED_ON.has(name)) continue
      if (prepared.upstreamOnAllow.fits(name)) exchange.setHeader(name, value)
      if (prepared.downstreamOnAllow.fits(name)) exchange.addResponseHeader(name, value)
    }
    return null
  }

  async #within(authorizer: ExternalAuthorizer, check: AccessCheck): Promise<AccessAnswer> {
    const controller = new AbortController()
    let timer: NodeJS.Timeout | null = null
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const reason = new Error(`no answer within ${authorizer.timeoutMs} ms`)
        controller.abort(reason)
        reject(reason)
      }, authorizer.timeoutMs)
    })
    try {
      return await Promise.race([this.#checkAccess(authorizer, check, controller.signal), late])
    } finally {
      if (timer !== null) clearTimeout(timer)
    }
  }

  #prepare(authorizer: ExternalAuthorizer): PreparedAuthorizer {
    let prepared = this.#prepared.get(authorizer)
    if (prepared === undefined) {
      prepared = {
        toCheck: prepareHeaderPatterns(['authorization', ...authorizer.includeRequestHeadersInCheck]),
        additional: Object.entries(authorizer.includeAdditionalHeadersInCheck).map(([name, value]) => [
          name.toLowerCase(),
          value,
        ]),
        upstreamOnAllow: prepareHeaderPatterns(authorizer.headersToUpstreamOnAllow),
        downstreamOnAllow: prepareHeaderPatterns(authorizer.headersToDownstreamOnAllow),
        downstreamOnDeny: prepareHeaderPatterns(authorizer.headersToDownstreamOnDeny),
      }
      this.#prepared.set(authorizer, prepared)
    }
    return prepared
  }
}

function checkOf(
  exchange: GuardedExchange,
  { pathPrefix }: ExternalAuthorizer,
  prepared: PreparedAuthorizer,
): AccessCheck {
  const headers: (readonly [string, string])[] = []
  exchange.eachHeader((name, value) => {
    if (NEVER_PASSED_ON.has(name) || !prepared.toCheck.fits(name)) return
    if (!prepared.additional.some(([additional]) => additional === name)) headers.push([name, value])
  })
  headers.push(...prepared.additional)
  const { method, authority } = exchange
  return { method, authority, target: `${pathPrefix.replace(/\/$/, '')}${exchange.target}`, headers }
}

function failed({ name, failOpen, statusOnError }: ExternalAuthorizer, reason: string): Answer | null {
  if (failOpen) return null
  return refusal(statusOnError, {}, '', `ext_authz_error: ${name}: ${reason}`)
}

function denied(
  exchange: GuardedExchange,
  { name: authorizer }: ExternalAuthorizer,
  { downstreamOnDeny }: PreparedAuthorizer,
  said: AccessAnswer,
): Answer {
  const headers: Record<string, string> = {}
  for (const [name, value] of said.headers) {
    if (NEVER_PASSED_ON.has(name)) continue
    if (!downstreamOnDeny.empty && !downstreamOnDeny.fits(name) && !ALWAYS_ON_DENY.has(name)) continue
    // The only field that may not be joined with others of its name (RFC 9110, 5.3).
    if (name === 'set-cookie') exchange.addResponseHeader(name, value)
    else headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return refusal(said.status, headers, said.body, `ext_authz_denied: ${authorizer} answered ${said.status}`)
}

function refusal(status: number, headers: Readonly<Record<string, string>>, body: string, reason: string): Answer {
  return {
    kind: 'answer',
    status,
    code: null,
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    body,
    flag: RESPONSE_FLAGS.UAEX,
    reason,
  }
}
