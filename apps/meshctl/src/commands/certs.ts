/** `meshctl certs`: who was given which certificate, and who gets none any more. */
import type { AuditEntry, Denial } from '@meshmart/contracts'
import { EXIT, UsageError, type Command, type Invocation, type Outcome } from '../command.ts'
import { ask, type Asked } from '../online/answers.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'
import { table } from '../online/snapshot-tables.ts'

export const certs: Command = {
  name: 'certs',
  summary: 'Lists certificates that were issued; denies an identity, or allows it again',
  positionals: '[list | denied | deny IDENTITY | allow IDENTITY]',
  options: {
    identity: { type: 'text', value: 'SPIFFE_ID', describe: 'list: of this identity alone' },
    limit: { type: 'text', value: 'N', describe: 'list: the newest N; 100 where it is not given' },
    reason: { type: 'text', value: 'TEXT', describe: 'deny: why; it stands on record' },
    ...ONLINE_OPTIONS,
  },
  examples: [
    ['meshctl certs', 'the newest hundred, and how many run on which issuing certificate'],
    [
      'meshctl certs deny spiffe://cluster.local/ns/meshmart/sa/orders --reason "key leaked"',
      'nobody talks to it any more',
    ],
    ['meshctl certs allow spiffe://cluster.local/ns/meshmart/sa/orders', 'and again'],
  ],
  async run(invocation) {
    const [verb = 'list', identity, ...more] = invocation.positionals
    const client = new Client(invocation)
    const needsIdentity = verb === 'deny' || verb === 'allow'
    if (more.length > 0 || (identity !== undefined) !== needsIdentity)
      throw new UsageError('write list, denied, deny IDENTITY or allow IDENTITY')
    if (verb === 'list') return list(client, invocation)
    if (verb === 'denied') {
      const answer = await ask(client, { path: '/v1/denied' }, (each) => each.DenialList)
      return outcome(answer, ({ denied }) => deniedTable(denied))
    }
    if (verb === 'deny') {
      const reason = invocation.text('reason')
      if (reason === undefined) throw new UsageError('--reason is missing')
      const question = { method: 'POST', path: '/v1/denied', body: { identity, reason } } as const
      return outcome(
        await ask(client, question, (each) => each.Denial),
        () => `${identity} is denied; meshctl wait --snapshot trust says when all know`,
      )
    }
    if (verb !== 'allow') throw new UsageError(`${verb}: is none of list, denied, deny, allow`)
    const path = `/v1/denied/${encodeURIComponent(identity ?? '')}`
    const answer = await ask(client, { method: 'DELETE', path }, (each) => each.AllowedAgain)
    return outcome(answer, () => `${identity} is allowed again`)
  },
}

async function list(client: Client, invocation: Invocation): Promise<Outcome> {
  const query = { identity: invocation.text('identity'), limit: invocation.text('limit') }
  const answer = await ask(client, { path: '/v1/certificates', query }, (each) => each.CertificateRecord)
  return outcome(answer, ({ issuers, entries }) =>
    [
      table(['AT', 'EVENT', 'IDENTITY', 'INSTANCE', 'PROOF', 'NOT AFTER', 'REASON'], entries.map(cells)),
      ...issuers.map(({ issuer, signsNow, valid }) => {
        return `${valid} replicas run on certificates of ${issuer.slice(0, 16)}…${signsNow ? ', which signs now' : ''}`
      }),
    ].join('\n'),
  )
}

const cells = ({ at, event, identity, instance, proof, notAfter, reason }: AuditEntry): string[] =>
  [at, event, identity, instance, proof, notAfter, reason].map((cell) => cell ?? '-')

const deniedTable = (denied: readonly Denial[]): string =>
  table(
    ['IDENTITY', 'AT', 'BY', 'REASON'],
    denied.map(({ identity, at, by, reason }) => [identity, at, by, reason]),
  )

function outcome<T>(answer: Asked<T>, words: (body: T) => string): Outcome {
  if (answer.refused !== undefined) return answer.refused
  const { body } = answer
  return { exitCode: EXIT.fine, result: body, words: () => words(body) }
}
