/** For the test of agreement: meshes and requests that look random and are the same for the same seed. */

export type Random = () => number

export interface CorpusRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
}

export const NAMESPACE = 'meshmart'
/** Who answers in the corpus; both echo what they received. */
export const PEERS = ['alpha', 'beta'] as const

const pick = <T>(random: Random, of: readonly T[]): T => {
  const value = of[Math.floor(random() * of.length)]
  if (value === undefined) throw new RangeError('nothing to pick from')
  return value
}
const chance = (random: Random, share: number): boolean => random() < share

export function virtualService(random: Random, host: string): object {
  const http = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, index) => route(random, index))
  return resource('networking', 'VirtualService', host, { hosts: [host], http })
}

export function authorizationPolicy(random: Random, workload: string, index: number): object {
  const rules = Array.from({ length: 1 + Math.floor(random() * 2) }, () => ({
    ...(chance(random, 0.4) && {
      from: [
        {
          source: {
            principals: [pick(random, ['cluster.local/ns/meshmart/sa/orders', '*', 'cluster.local/ns/other/*'])],
          },
        },
      ],
    }),
    ...(chance(random, 0.8) && { to: [{ operation: operation(random) }] }),
    ...(chance(random, 0.2) && { when: [{ key: 'request.headers[x-a]', values: [pick(random, ['1', 'a*'])] }] }),
  }))
  return resource('security', 'AuthorizationPolicy', `${workload}-${index}`, {
    selector: { matchLabels: { app: workload } },
    action: index === 0 ? 'ALLOW' : 'DENY',
    rules:
      index === 0 ? [...rules, { to: [{ operation: { paths: ['/a*', '/new*', '/'] } }] }] : rules.map(withOperation),
  })
}

/** A DENY rule without an operation would leave nothing to compare. */
const withOperation = (rule: object): object => ({ to: [{ operation: { paths: ['/r*'] } }], ...rule })

export function kubernetesService(name: string): object {
  const ports = [{ name: 'http', port: 80 }]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE },
    spec: { selector: { app: name }, ports },
  }
}

export function request(random: Random): CorpusRequest {
  const names = ['x-a', 'x-b', 'x-old']
  const headers = names.filter(() => chance(random, 0.35)).map((name) => [name, pick(random, ['1', 'a1', 'b', '42'])])
  return {
    method: pick(random, ['GET', 'GET', 'POST', 'DELETE']),
    target: pick(random, TARGETS),
    headers: Object.fromEntries(headers),
  }
}

const TARGETS = [
  '/',
  '/a',
  '/a/b',
  '/A/b',
  '/a/b?q=1',
  '/ab',
  '/b/../a/x',
  '/a/./b',
  '/a//b',
  '/a%2fb',
  '/r42',
  '/r4/2',
  '/c?q=ax&r=2',
  '/%61/b',
  '/b?q',
]

function operation(random: Random): object {
  return {
    ...(chance(random, 0.5) && { methods: [pick(random, ['GET', 'POST', 'DELETE'])] }),
    ...(chance(random, 0.5) && { paths: [pick(random, ['/a', '/a/*', '*/b', '/new*', '/r*'])] }),
    ...(chance(random, 0.2) && { notPaths: ['/a/b'] }),
    hosts: ['*'],
  }
}

function route(random: Random, index: number): object {
  const headers = chance(random, 0.4) ? { headers: operations(random) } : {}
  return {
    ...(chance(random, 0.5) && { name: `r${index}` }),
    ...(chance(random, 0.75) && { match: Array.from({ length: 1 + Math.floor(random() * 2) }, () => match(random)) }),
    ...headers,
    ...action(random),
  }
}

function action(random: Random): object {
  const kind = random()
  if (kind < 0.1)
    return {
      redirect: pick(random, [
        { uri: '/moved' },
        { authority: 'elsewhere.example.com', redirectCode: 302 },
        { scheme: 'https', port: 8443 },
      ]),
    }
  if (kind < 0.2) return { directResponse: { status: pick(random, [204, 418, 503]), body: { string: 'here' } } }
  const fault =
    kind < 0.3 ? { fault: { abort: { httpStatus: pick(random, [400, 555]), percentage: { value: 100 } } } } : {}
  const rewrite = chance(random, 0.4)
    ? {
        rewrite: pick(random, [
          { uri: '/new' },
          { uri: '/new/' },
          { authority: 'other.example.com' },
          { uriRegexRewrite: { match: '^/([a-z])/(.*)$', rewrite: '/\\2/\\1' } },
        ]),
      }
    : {}
  const first = { destination: { host: pick(random, PEERS) } }
  const both = PEERS.map((host, index) => ({ destination: { host }, weight: index === 0 ? 30 : 70 }))
  return { ...fault, ...rewrite, route: chance(random, 0.75) ? [first] : both }
}

function operations(random: Random): object {
  return {
    request: { set: { 'x-set': pick(random, ['1', '%REQ(:method)%']) }, add: { 'x-a': 'added' }, remove: ['x-old'] },
  }
}

function match(random: Random): object {
  return {
    ...(chance(random, 0.7) && {
      uri: pick(random, [
        { prefix: '/a' },
        { exact: '/a/b' },
        { regex: '/r[0-9]+' },
        { prefix: '/' },
        { prefix: '/a/' },
      ]),
    }),
    ...(chance(random, 0.15) && { ignoreUriCase: true }),
    ...(chance(random, 0.25) && {
      headers: {
        [pick(random, ['x-a', 'x-b'])]: pick(random, [{ exact: '1' }, { prefix: 'a' }, { regex: '[0-9]+' }, {}]),
      },
    }),
    ...(chance(random, 0.15) && { queryParams: { q: pick(random, [{ exact: '1' }, { regex: 'a.*' }]) } }),
    ...(chance(random, 0.15) && { method: { exact: pick(random, ['GET', 'POST']) } }),
    ...(chance(random, 0.1) && { withoutHeaders: { 'x-old': {} } }),
    ...(chance(random, 0.1) && { sourceLabels: { app: pick(random, ['orders', 'nobody']) } }),
  }
}

function resource(group: string, kind: string, name: string, spec: object): object {
  return { apiVersion: `${group}.istio.io/v1`, kind, metadata: { name, namespace: NAMESPACE }, spec }
}
