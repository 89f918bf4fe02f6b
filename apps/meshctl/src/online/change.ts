/** A change of the configuration: its options, its answer, and how that reads. */
import type { ConfigurationChange, Rollout } from '@meshmart/contracts'
import { EXIT, type Invocation, type Options, type Outcome } from '../command.ts'
import { ask } from './answers.ts'
import { problemLines } from './refusal.ts'
import type { Client, Question } from './client.ts'
import { ONLINE_OPTIONS } from './connection.ts'

export const CHANGE_OPTIONS: Options = {
  'dry-run': { type: 'flag', describe: 'only say what would happen' },
  wait: { type: 'text', value: '10s', describe: 'until all sidecars that need it run it, at most so long' },
  'expected-revision': { type: 'text', value: 'N', describe: 'refuse where another revision is in force' },
  note: { type: 'text', value: 'TEXT', describe: 'why: it stands in the history' },
  ...ONLINE_OPTIONS,
}

export const changeQuery = (invocation: Invocation): Record<string, string | undefined> => ({
  dryRun: invocation.flag('dry-run') ? 'true' : undefined,
  wait: invocation.text('wait'),
  expectedRevision: invocation.text('expected-revision'),
  note: invocation.text('note'),
})

/** Asks for a change, and tells what has become of it. */
export async function change(client: Client, question: Question): Promise<Outcome> {
  const answer = await ask(client, { method: 'POST', ...question }, (each) => each.ConfigurationChange)
  if (answer.refused !== undefined) return answer.refused
  const { body } = answer
  const { rollout } = body
  const failed = rollout !== undefined && (rollout.acknowledgedMs === null || rollout.refused.length > 0)
  return { exitCode: failed ? EXIT.finding : EXIT.fine, result: body, words: () => wordsOf(body) }
}

function wordsOf({ revision, dryRun, changes, warnings, rollout }: ConfigurationChange): string {
  const would = dryRun ? 'would be ' : ''
  const lines = changes.map(({ resource, change }) => `${resource} ${would}${change}`)
  const state = changes.length === 0 ? 'Nothing differs' : dryRun ? 'Nothing was changed' : 'In force'
  return [...lines, ...problemLines(warnings), `${state}: revision ${revision}`, ...rolloutLines(rollout)].join('\n')
}

function rolloutLines(rollout: Rollout | undefined): string[] {
  if (rollout === undefined) return []
  const { publishedMs, acknowledgedMs, concerned, refused, missing } = rollout
  if (publishedMs === null) return ['Not published in time: it is stored, and goes on its way when a replica leads']
  const head =
    acknowledgedMs === null
      ? `Not acknowledged by all in time: ${missing.length} of ${concerned} are missing`
      : `Acknowledged by all that need it (${concerned}) after ${acknowledgedMs} ms`
  return [
    head,
    ...missing.map(({ proxy, key }) => `  ${proxy} has not spoken of ${key}`),
    ...refused.map(({ proxy, key, reason }) => `  ${proxy} refuses ${key}: ${reason}`),
  ]
}
