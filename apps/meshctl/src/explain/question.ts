/** The question that a command line asks. */
import type { Question } from '@meshmart/istio-api'
import { UsageError, type Invocation, type Options } from '../command.ts'
import { readAddress, readRequestLine, type RequestLine } from './request-line.ts'

export const SIDES = ['outbound', 'gateway', 'inbound'] as const

export const QUESTION_OPTIONS: Options = {
  request: {
    type: 'text',
    value: "'GET URL'",
    describe: 'the request; the authority of the URL is where the connection goes',
  },
  header: {
    type: 'text',
    short: 'H',
    multiple: true,
    value: "'NAME: VALUE'",
    describe: 'a field of it; host: takes the place of the authority',
  },
  http2: { type: 'flag', describe: 'it is HTTP/2' },
  tcp: { type: 'text', value: 'HOST:PORT', describe: 'a connection without HTTP, in place of a request' },
  tls: { type: 'flag', describe: 'the client speaks TLS; so it does where the URL is https' },
  sni: {
    type: 'text',
    value: 'NAME',
    describe: 'the server name that its TLS asks for; the host where it is not given',
  },
  mtls: {
    type: 'text',
    value: 'PRINCIPAL',
    describe: 'the client shows a certificate of the mesh: cluster.local/ns/NS/sa/ACCOUNT',
  },
  plaintext: { type: 'flag', describe: 'the client speaks no TLS; the default' },
  jwt: { type: 'text', value: 'TOKEN', describe: 'a token where the policy looks for one, verified against its keys' },
  'jwt-claims': { type: 'text', value: 'JSON', describe: 'claims of a token whose signature is taken for right' },
  'source-ip': { type: 'text', value: 'IP', describe: 'where the connection comes from' },
  side: { type: 'text', oneOf: SIDES, describe: 'where it is looked at; outbound where it is not given' },
  namespace: {
    type: 'text',
    short: 'n',
    value: 'NAMESPACE',
    describe: 'of the caller, of the gateway, or of the workload that is called; default where it is not given',
  },
  labels: { type: 'text', short: 'l', value: 'K=V,…', describe: 'of the same' },
  address: { type: 'text', value: 'IP', describe: 'of the workload that is called, or of the caller' },
}

/** @throws UsageError */
export function readQuestion(invocation: Invocation): Question {
  const side = SIDES.find((each) => each === (invocation.text('side') ?? 'outbound')) ?? 'outbound'
  const written = invocation.text('request')
  const tcp = invocation.text('tcp')
  if ((written === undefined) === (tcp === undefined))
    throw new UsageError("needs --request 'GET URL' or --tcp HOST:PORT")
  const line = written === undefined ? null : readRequestLine(written)
  const { host, port } = line ?? readAddress(tcp ?? '', null)
  const fields = readFields(invocation.texts('header'))
  const authority = fields.find(([name]) => name === 'host')?.[1] ?? line?.authority ?? ''
  const principal = invocation.text('mtls')
  const security = securityOf(invocation, line)
  return {
    side,
    namespace: invocation.text('namespace') ?? 'default',
    labels: readLabels(invocation.text('labels')),
    address: invocation.text('address') ?? null,
    connection: {
      host,
      port,
      security,
      sni: security === 'plaintext' ? null : (invocation.text('sni') ?? serverName(host, authority, security)),
      principal: principal === undefined ? null : principal.replace(/^spiffe:\/\//, ''),
      sourceIp: invocation.text('source-ip') ?? null,
    },
    request: line === null ? null : readRequest(invocation, line, authority, fields),
  }
}

function readRequest(
  invocation: Invocation,
  { method, target }: RequestLine,
  authority: string,
  fields: readonly (readonly [string, string])[],
): Question['request'] {
  const others = fields.filter(([name]) => name !== 'host')
  return {
    method,
    target,
    authority,
    fields: others,
    http2: invocation.flag('http2'),
    token: invocation.text('jwt') ?? null,
    claims: readClaims(invocation.text('jwt-claims')),
  }
}

function securityOf(invocation: Invocation, line: RequestLine | null): Question['connection']['security'] {
  if (invocation.text('mtls') !== undefined) return 'mtls'
  if (invocation.flag('plaintext')) return 'plaintext'
  return invocation.flag('tls') || invocation.text('sni') !== undefined || line?.secure === true ? 'tls' : 'plaintext'
}

/** A client asks for the name that it was given, and for none where that is an address. */
function serverName(host: string, authority: string, security: 'tls' | 'mtls'): string | null {
  if (!isAddress(host)) return host
  const named = authority.replace(/:\d+$/, '').toLowerCase()
  return security === 'mtls' || named === '' || isAddress(named) ? null : named
}

const isAddress = (text: string): boolean => /^[\d.]+$/.test(text) || text.includes(':') || text.startsWith('[')

function readFields(written: readonly string[]): [name: string, value: string][] {
  return written.map((line) => {
    const colon = line.indexOf(':', 1)
    const name = colon === -1 ? '' : line.slice(0, colon).trim().toLowerCase()
    if (!/^:?[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
      throw new UsageError(`-H must be 'NAME: VALUE', is ${JSON.stringify(line)}`)
    return [name === ':authority' ? 'host' : name, line.slice(colon + 1).trim()]
  })
}

export function readLabels(text: string | undefined): Record<string, string> {
  if (text === undefined || text === '') return {}
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const equals = pair.indexOf('=')
      if (equals < 1) throw new UsageError(`--labels must be KEY=VALUE,…, is ${JSON.stringify(text)}`)
      return [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]
    }),
  )
}

function readClaims(text: string | undefined): NonNullable<Question['request']>['claims'] {
  if (text === undefined) return null
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError('--jwt-claims must be an object of JSON')
  return { ...value }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--jwt-claims is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}
