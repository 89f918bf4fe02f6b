/** Dead letters in words: one line each, and one of them whole; `-o json` has everything. */
import type { DeadLetter, DeadLetterList, DiscardedList } from '@meshmart/contracts'
import { table } from './snapshot-tables.ts'

export const NO_LETTERS = 'No dead letters'
const LONGEST = 100

export function lettersTable({ letters, total }: DeadLetterList): string {
  if (total === 0) return NO_LETTERS
  const rows = letters.map(({ sequence, at, service, subject, deliveries, ...why }) => {
    return [String(sequence), at, service, subject, String(deliveries), reasonOf(why)]
  })
  return [table(['SEQUENCE', 'AT', 'SERVICE', 'EVENT', 'TRIES', 'REASON'], rows), ...more(total, rows)].join('\n')
}

/** The sequence is the one that the letter had. */
export function discardedTable({ discarded, total }: DiscardedList): string {
  if (total === 0) return 'No discarded dead letters'
  const rows = discarded.map(({ at, by, letter }) => {
    return [String(letter.sequence), at, by, letter.service, letter.subject, reasonOf(letter)]
  })
  return [table(['SEQUENCE', 'DISCARDED', 'BY', 'SERVICE', 'EVENT', 'REASON'], rows), ...more(total, rows)].join('\n')
}

export function wholeLetter(letter: DeadLetter): string {
  const { sequence, at, service, subject, eventSequence, deliveries, reason, error, event } = letter
  return [
    `Dead letter ${sequence} of ${at}`,
    `Service: ${service}`,
    `Event: ${subject}, number ${eventSequence} of its stream`,
    `Tries: ${deliveries}`,
    `Reason: ${reason}`,
    `Error: ${error}`,
    typeof event === 'string' ? event : JSON.stringify(event, null, 2),
  ].join('\n')
}

const reasonOf = ({ reason, error }: Pick<DeadLetter, 'reason' | 'error'>): string =>
  `${reason}: ${error}`.slice(0, LONGEST)

const more = (total: number, rows: readonly unknown[]): string[] =>
  total > rows.length ? [`and ${total - rows.length} more`] : []
