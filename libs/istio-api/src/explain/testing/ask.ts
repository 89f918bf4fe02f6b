/** For specs: a question with only what a test speaks of. */
import { readMesh } from '../../kubernetes/read-mesh.ts'
import { explain } from '../explain.ts'
import type { Explanation } from '../explanation.ts'
import { explainedMesh, type ExplainedMesh } from '../mesh.ts'
import type { AskedRequest, Question } from '../question.ts'
import type { VerifyToken } from '../tokens.ts'

export function meshOf(...texts: string[]): ExplainedMesh {
  const read = readMesh(texts.join('\n---\n'), 'test.yaml')
  const errors = read.problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(JSON.stringify(errors, null, 2))
  return explainedMesh(read)
}

export interface Asked extends Partial<Omit<Question, 'connection' | 'request'>> {
  /** `10.0.0.1:80` */
  readonly to: string
  readonly connection?: Partial<Question['connection']>
  readonly method?: string
  readonly target?: string
  readonly host?: string
  readonly fields?: Readonly<Record<string, string>>
  readonly http2?: true
  readonly tcp?: true
  readonly token?: string
  readonly claims?: AskedRequest['claims']
  readonly verify?: VerifyToken
}

/** 2026-11-29, in milliseconds since 1970. */
const NOW = 1_795_910_400_000
const noToken: VerifyToken = () => Promise.reject(new Error('no token was expected'))

export function ask(mesh: ExplainedMesh, asked: Asked): Promise<Explanation> {
  const colon = asked.to.lastIndexOf(':')
  const request: AskedRequest = {
    method: asked.method ?? 'GET',
    target: asked.target ?? '/',
    authority: asked.host ?? asked.to,
    fields: Object.entries(asked.fields ?? {}),
    http2: asked.http2 === true,
    token: asked.token ?? null,
    claims: asked.claims ?? null,
  }
  const connection = {
    host: asked.to.slice(0, colon),
    port: Number(asked.to.slice(colon + 1)),
    security: 'plaintext',
    sni: null,
    principal: null,
    sourceIp: null,
  } as const
  const question: Question = {
    side: asked.side ?? 'outbound',
    namespace: asked.namespace ?? 'default',
    labels: asked.labels ?? {},
    address: asked.address ?? null,
    connection: { ...connection, ...asked.connection },
    request: asked.tcp === true ? null : request,
  }
  return explain(mesh, question, { verify: asked.verify ?? noToken, now: NOW })
}
