/** `meshctl history`: who has changed what and when; one revision with its diff. */
import type { ConfigurationRevision } from '@meshmart/contracts'
import { EXIT, UsageError, type Command } from '../command.ts'
import { ask } from '../online/answers.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'
import { diffLines } from '../online/diff-lines.ts'
import { columns } from '../table.ts'

const LIMIT = /^\d{1,3}$/

export const history: Command = {
  name: 'history',
  summary: 'Lists revisions of the applied configuration, or shows what one has changed',
  positionals: '[REVISION]',
  options: {
    limit: { type: 'text', value: 'N', describe: 'the newest N; 20 where it is not given, 200 are kept' },
    ...ONLINE_OPTIONS,
  },
  examples: [
    ['meshctl history', 'the last twenty'],
    ['meshctl history 7', 'what revision 7 has changed, line by line'],
  ],
  async run(invocation) {
    const client = new Client(invocation)
    const [revision] = invocation.positionals
    if (revision !== undefined) {
      if (!/^\d+$/.test(revision)) throw new UsageError(`${revision} is no revision`)
      const answer = await ask(client, { path: `/v1/config/history/${revision}` }, (each) => each.RevisionChanges)
      if (answer.refused !== undefined) return answer.refused
      const { body } = answer
      return { exitCode: EXIT.fine, result: body, words: () => body.changes.flatMap(diffLines).join('\n') }
    }
    const limit = invocation.text('limit')
    if (limit !== undefined && !LIMIT.test(limit)) throw new UsageError(`--limit ${limit} is no number`)
    const question = { path: '/v1/config/history', query: { limit } }
    const answer = await ask(client, question, (each) => each.ConfigurationHistory)
    if (answer.refused !== undefined) return answer.refused
    const { revisions } = answer.body
    return { exitCode: EXIT.fine, result: revisions, words: () => table(revisions) }
  },
}

function table(revisions: readonly ConfigurationRevision[]): string {
  if (revisions.length === 0) return 'Nothing was applied yet'
  const rows = revisions.map(({ revision, at, action, by, created, changed, removed, note }) => {
    return [
      String(revision),
      at,
      action,
      `+${created} ~${changed} -${removed}`,
      by.replace(/^.*\/ns\//, ''),
      note ?? '',
    ]
  })
  return columns([['REVISION', 'AT', 'ACTION', 'CHANGES', 'BY', 'NOTE'], ...rows]).join('\n')
}
