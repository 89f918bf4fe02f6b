/**
 * The attributes that a rule of an AuthorizationPolicy can speak of, each as one check that is prepared once. What a request lacks fits no value
 * and every `not`. Source: Istio's pages "Authorization Policy" and "Authorization Policy Conditions", and
 * pilot/pkg/security/authz/model/generator.go for how each becomes a matcher of Envoy.
 */
import { prepareAnyOf, preparePathTest, prepareValueTest, type ValueTest } from './authorization-match.ts'
import { ipBlockProblem, prepareIpBlocks } from './ip-blocks.ts'
import { claimFits, parseClaimPath, type JwtClaims } from './jwt.ts'
import { prepareRequestPrincipals } from './request-principal.ts'

/** What is known of a connection before a byte of HTTP. */
export interface AuthorizableConnection {
  /** Peer's SPIFFE id without `spiffe://`, as `parseSpiffeId` lets it pass; null where the peer proved none (plain text). */
  readonly principal: string | null
  /** Service port that it is for. */
  readonly port: number
  /** Address of the peer, without port. */
  readonly sourceIp: string
  /** The client as `X-Forwarded-For` tells it; the peer where nobody tells. */
  readonly remoteIp: string
  readonly destinationIp: string
  /** Server name that TLS was asked for; null where there is none. */
  readonly sni: string | null
}

export interface AuthorizableRequest extends AuthorizableConnection {
  readonly method: string
  /** Normalised, without the query. */
  readonly path: string
  /** Authority as it came. */
  readonly host: string
  /** `<issuer>/<subject>` of the verified token; null where there is none. */
  readonly requestPrincipal: string | null
  readonly jwtAudiences: readonly string[]
  readonly jwtPresenter: string | null
  readonly jwtClaims: JwtClaims | null
  /** @param name in lower case */
  header(name: string): string | undefined
}

export type ConnectionCheck = (connection: AuthorizableConnection) => boolean
export type RequestCheck = (request: AuthorizableRequest) => boolean
/** Where only HTTP can tell, `connection` is null. */
export interface Check {
  readonly request: RequestCheck
  readonly connection: ConnectionCheck | null
}

/** @throws Error that names the value which cannot be used */
export type PrepareCheck = (values: readonly string[]) => Check

const both = (check: ConnectionCheck): Check => ({ request: check, connection: check })
const httpOnly = (request: RequestCheck): Check => ({ request, connection: null })

const principals: PrepareCheck = (values) => {
  const test = prepareAnyOf(values)
  return both(({ principal }) => principal !== null && test(principal))
}

const namespaces: PrepareCheck = (values) => {
  const tests = values.map(prepareNamespace)
  return both(({ principal }) => {
    if (principal === null) return false
    for (const test of tests) if (test(principal)) return true
    return false
  })
}

const serviceAccounts: PrepareCheck = (values) => {
  const suffixes = values.map((value) => {
    const [namespace, account, ...more] = value.split('/')
    if (!namespace || !account || more.length !== 0) {
      throw new RangeError(`service account ${JSON.stringify(value)} must be <namespace>/<account>`)
    }
    return `/ns/${namespace}/sa/${account}`
  })
  return both(({ principal }) => {
    if (principal === null) return false
    for (const suffix of suffixes) if (principal.endsWith(suffix)) return true
    return false
  })
}

const sourceIps: PrepareCheck = (values) => {
  const blocks = prepareIpBlocks(values)
  return both(({ sourceIp }) => blocks.contains(sourceIp))
}

const remoteIps: PrepareCheck = (values) => {
  const blocks = prepareIpBlocks(values)
  return both(({ remoteIp }) => blocks.contains(remoteIp))
}

const destinationIps: PrepareCheck = (values) => {
  const blocks = prepareIpBlocks(values)
  return both(({ destinationIp }) => blocks.contains(destinationIp))
}

const ports: PrepareCheck = (values) => {
  const numbers = values.map((value) => {
    const problem = portProblem(value)
    if (problem !== null) throw new RangeError(`port ${JSON.stringify(value)} ${problem}`)
    return Number(value)
  })
  return both(({ port }) => numbers.includes(port))
}

const sni: PrepareCheck = (values) => {
  const test = prepareAnyOf(values)
  return both((connection) => connection.sni !== null && test(connection.sni))
}

const requestPrincipals: PrepareCheck = (values) => httpOnly(prepareRequestPrincipals(values))

const methods: PrepareCheck = (values) => {
  const test = prepareAnyOf(values)
  return httpOnly(({ method }) => test(method))
}

const paths: PrepareCheck = (values) => {
  const test = prepareAnyOf(values, preparePathTest)
  return httpOnly(({ path }) => path !== '' && test(path))
}

const hosts: PrepareCheck = (values) => {
  const test = prepareAnyOf(values.map((value) => value.toLowerCase()))
  return httpOnly(({ host }) => test(host.toLowerCase()))
}

const audiences: PrepareCheck = (values) => {
  const test = prepareAnyOf(values)
  return httpOnly(({ jwtAudiences }) => jwtAudiences.some((audience) => test(audience)))
}

const presenter: PrepareCheck = (values) => {
  const test = prepareAnyOf(values)
  return httpOnly(({ jwtPresenter }) => jwtPresenter !== null && test(jwtPresenter))
}

/** Fields of `from[].source`, `to[].operation`: each has its `not…`. */
export const SOURCE_CHECKS = {
  principals,
  requestPrincipals,
  namespaces,
  serviceAccounts,
  ipBlocks: sourceIps,
  remoteIpBlocks: remoteIps,
} as const
export const OPERATION_CHECKS = { hosts, methods, paths, ports } as const

const CONDITIONS: Readonly<Record<string, PrepareCheck>> = {
  'source.ip': sourceIps,
  'remote.ip': remoteIps,
  'source.namespace': namespaces,
  'source.principal': principals,
  'source.serviceAccount': serviceAccounts,
  'request.auth.principal': requestPrincipals,
  'request.auth.audiences': audiences,
  'request.auth.presenter': presenter,
  'destination.ip': destinationIps,
  'destination.port': ports,
  'connection.sni': sni,
}
const HEADER = /^request\.headers\[([^[\]]+)\]$/
const CLAIM = /^request\.auth\.claims((?:\[[^[\]]+\])+)$/

/** The check of a key of `when`; null where there is no such key. */
export function conditionCheck(key: string): PrepareCheck | null {
  if (Object.hasOwn(CONDITIONS, key)) return CONDITIONS[key] ?? null
  const header = HEADER.exec(key)?.[1]
  if (header !== undefined) return (values) => headerCheck(header.toLowerCase(), values)
  const claim = parseClaimPath(CLAIM.exec(key)?.[1] ?? '')
  return claim === null ? null : (values) => claimCheck(claim, values)
}

/** Why a key of `when` cannot be used, or null where it can. */
export function conditionProblem(key: string): string | null {
  if (key.startsWith('experimental.')) return 'attributes of EnvoyFilters do not exist here'
  if (conditionCheck(key) !== null) return null
  const known = ['request.headers[name]', 'request.auth.claims[name]', ...Object.keys(CONDITIONS)].join(', ')
  return `is not known; known are ${known}`
}

/** Why a value cannot stand under that key, or null where it can. */
export function conditionValueProblem(key: string, value: string): string | null {
  if (key === 'source.ip' || key === 'remote.ip' || key === 'destination.ip') return ipBlockProblem(value)
  if (key === 'destination.port') return portProblem(value)
  try {
    conditionCheck(key)?.([value])
    return value === '' ? 'must not be empty; * stands for anything that is there' : null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function headerCheck(name: string, values: readonly string[]): Check {
  // `*` asks whether the field is there, be it empty.
  if (values.includes('*')) return httpOnly((request) => request.header(name) !== undefined)
  const test = prepareAnyOf(values)
  return httpOnly((request) => {
    const value = request.header(name)
    return value !== undefined && test(value)
  })
}

function claimCheck(path: readonly string[], values: readonly string[]): Check {
  const test = prepareAnyOf(values)
  return httpOnly(({ jwtClaims }) => jwtClaims !== null && claimFits(jwtClaims, path, test))
}

/** Finds the namespace in a principal of the form `<domain>/ns/<namespace>/sa/<account>` without cutting it, where the value is exact. */
function prepareNamespace(pattern: string): ValueTest {
  if (!pattern.includes('*')) {
    const segment = `/ns/${pattern}/sa/`
    return (principal) => principal.startsWith(segment, principal.indexOf('/'))
  }
  const test = prepareValueTest(pattern)
  return (principal) => {
    const start = principal.indexOf('/ns/')
    const end = principal.indexOf('/sa/', start)
    return start !== -1 && end !== -1 && test(principal.slice(start + 4, end))
  }
}

function portProblem(value: string): string | null {
  return /^[0-9]{1,5}$/.test(value) && Number(value) <= 65535 ? null : 'must be a port between 0 and 65535'
}
