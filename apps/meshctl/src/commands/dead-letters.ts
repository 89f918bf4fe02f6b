/** `meshctl dead-letters`: events that a service has given up, and what becomes of them. Ends with 1 where one that was named is not there. */
import type { DeadLetterList, DeadLetterOutcome, DiscardedList } from '@meshmart/contracts'
import { EXIT, UsageError, type Command, type Outcome } from '../command.ts'
import { ask, type Asked } from '../online/answers.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'
import { discardedTable, lettersTable, NO_LETTERS, wholeLetter } from '../online/letter-tables.ts'

/** As many as the control plane tells and takes at once. */
const MOST = '1000'

export const deadLetters: Command = {
  name: 'dead-letters',
  summary: 'Lists events that a service has given up; replays or discards them',
  positionals: '[list | show SEQUENCE | replay SEQUENCE… | discard SEQUENCE…]',
  options: {
    service: { type: 'text', value: 'NAME', describe: 'list, and --all: of this service alone' },
    limit: { type: 'text', value: 'N', describe: 'list: the oldest N; 50 where it is not given' },
    discarded: {
      type: 'flag',
      describe: 'list: those of the last 30 days that were discarded, when and by whom; -o json tells the events, too',
    },
    all: { type: 'flag', describe: 'replay: all that there are' },
    ...ONLINE_OPTIONS,
  },
  examples: [
    ['meshctl dead-letters', 'what lies there, and why'],
    ['meshctl dead-letters show 3', 'one, with the whole event'],
    ['meshctl dead-letters replay --all --service gateway', 'once the reason is mended: gives them to it again'],
    ['meshctl dead-letters --discarded', 'what was decided not to be handled, and by whom'],
  ],
  async run(invocation) {
    const [verb = 'list', ...words] = invocation.positionals
    const client = new Client(invocation)
    const service = invocation.text('service')
    const list = (limit: string | undefined): Promise<Asked<DeadLetterList>> =>
      ask(client, { path: '/v1/dead-letters', query: { service, limit } }, (each) => each.DeadLetterList)
    const discarded = invocation.flag('discarded')
    if (discarded && verb !== 'list') throw new UsageError(`--discarded goes with list, not with ${verb}`)
    if (verb === 'list') {
      if (words.length > 0) throw new UsageError('list takes no sequence')
      const limit = invocation.text('limit')
      if (!discarded) return outcome(await list(limit), lettersTable)
      const question = { path: '/v1/dead-letters/discarded', query: { service, limit } }
      return outcome(await ask(client, question, (each) => each.DiscardedList), discardedTable)
    }
    if (verb === 'show') {
      if (words.length !== 1) throw new UsageError('show takes one sequence')
      const [sequence] = sequencesOf(words)
      const answer = await ask(client, { path: `/v1/dead-letters/${sequence}` }, (each) => each.DeadLetter)
      if (answer.refused !== undefined) return answer.refused
      const { body: letter } = answer
      return { exitCode: EXIT.fine, result: letter, words: () => wholeLetter(letter) }
    }
    if (verb !== 'replay' && verb !== 'discard') throw new UsageError(`${verb}: is none of list, show, replay, discard`)
    const all = invocation.flag('all')
    if (all === words.length > 0)
      throw new UsageError(`${verb} takes sequences${verb === 'replay' ? ', or --all' : ''}`)
    if (all && verb === 'discard') throw new UsageError('discard takes sequences: what is discarded is gone')
    const act = (sequences: readonly number[]): Promise<Asked<DeadLetterOutcome>> =>
      ask(
        client,
        { method: 'POST', path: `/v1/dead-letters/${verb}`, body: { sequences } },
        (each) => each.DeadLetterOutcome,
      )
    const answer = all ? await replayAll(() => list(MOST), act) : await act(sequencesOf(words))
    const did = verb === 'replay' ? 'Replayed' : 'Discarded'
    return outcome(answer, ({ done, missing }) =>
      [
        ...(done.length + missing.length === 0 ? [NO_LETTERS] : []),
        ...(done.length > 0 ? [`${did}: ${done.join(', ')}`] : []),
        ...(missing.length > 0 ? [`Not there: ${missing.join(', ')}`] : []),
      ].join('\n'),
    )
  },
}

/**
 * The control plane tells and takes so many at once, the oldest first. What comes meanwhile lies behind those that were there, and is left: an event that fails
 * again would otherwise be replayed for ever.
 */
async function replayAll(
  list: () => Promise<Asked<DeadLetterList>>,
  act: (sequences: readonly number[]) => Promise<Asked<DeadLetterOutcome>>,
): Promise<Asked<DeadLetterOutcome>> {
  const done: number[] = []
  const missing: number[] = []
  for (let left = Infinity; left > 0;) {
    const listed = await list()
    if (listed.refused !== undefined) return listed
    const { letters, total } = listed.body
    const sequences = letters.slice(0, Math.min(left, total)).map(({ sequence }) => sequence)
    if (sequences.length === 0) break
    const answer = await act(sequences)
    if (answer.refused !== undefined) return answer
    done.push(...answer.body.done)
    missing.push(...answer.body.missing)
    left = Math.min(left, total) - sequences.length
  }
  return { body: { done, missing } }
}

function sequencesOf(words: readonly string[]): number[] {
  return words.map((word) => {
    if (!/^[1-9]\d{0,14}$/.test(word)) throw new UsageError(`${word}: is no sequence of a dead letter`)
    return Number(word)
  })
}

function outcome<T extends DeadLetterList | DiscardedList | DeadLetterOutcome>(
  answer: Asked<T>,
  words: (body: T) => string,
): Outcome {
  if (answer.refused !== undefined) return answer.refused
  const { body } = answer
  const lacks = 'missing' in body && body.missing.length > 0
  return { exitCode: lacks ? EXIT.finding : EXIT.fine, result: body, words: () => words(body) }
}
