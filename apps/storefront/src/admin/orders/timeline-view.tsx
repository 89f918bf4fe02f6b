/** The time line in words: what happened, why, who asked for it, and how often a step came to nothing. */
import type { StaffOrder } from '@meshmart/contracts'
import { useLanguage } from '../../texts/language.tsx'
import { Instant, Typed } from '../parts.tsx'
import type { OfficeTexts } from '../texts/en.ts'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { timelineOf, type Entry } from './timeline.ts'

export function Timeline({ found }: { found: StaffOrder }) {
  const { office } = useOfficeTexts()
  return (
    <section aria-labelledby="timeline-heading">
      <h2 id="timeline-heading">{office.order.timeline}</h2>
      <ol className="timeline">
        {timelineOf(found).map((entry, index) => (
          <li className={`timeline__entry timeline__entry--${entry.kind}`} key={index}>
            <Instant at={entry.at} />
            <EntryWords entry={entry} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function EntryWords({ entry }: { entry: Entry }) {
  const { language } = useLanguage()
  const { office, shop } = useOfficeTexts()
  switch (entry.kind) {
    case 'transition':
      return (
        <p>
          {office.order.became(shop.order.state[entry.state])}{' '}
          <span className="soft">
            {office.order.because} {office.order.cause[entry.cause] ?? <code>{entry.cause}</code>}
          </span>
        </p>
      )
    case 'remark':
      return <p>{office.order.remark[entry.cause] ?? <code>{entry.cause}</code>}</p>
    case 'action':
      return (
        <p>
          <strong>{entry.actor.name === null ? office.gone : <Typed>{entry.actor.name}</Typed>}</strong>{' '}
          {office.order.action[entry.action]}
        </p>
      )
    case 'attempts': {
      const step = doingOf(entry, office.order)
      const last = new Intl.DateTimeFormat(language, { timeStyle: 'medium' }).format(new Date(entry.lastAt))
      return (
        <p>
          {office.order[entry.outcome](step)}{' '}
          <span className="soft">
            ({office.order.times(entry.times, last)}) <code>{entry.reason}</code>
          </span>
        </p>
      )
    }
  }
}

/** What was tried: a confirmed order has nothing left but returns, and one that is turned round is undone, whichever step it had reached. */
function doingOf({ state, step }: Extract<Entry, { kind: 'attempts' }>, words: OfficeTexts['order']): string {
  if (state === 'confirmed') return words.givingBack
  return step === null || state === 'cancelling' || state === 'rejecting' ? words.undoing : words.steps[step]
}
