/** "How this request travelled": for someone who has never heard of a mesh. The facts in a sentence, then one station after the other. */
import { Skeleton } from '@meshmart/ui'
import { useMemo, type CSSProperties } from 'react'
import { journeyPath } from '../api/shop.ts'
import { useLanguage } from '../texts/language.tsx'
import { columnsFor, layOut, type JourneyLayout } from './layout.ts'
import { StationView } from './station-view.tsx'
import { useJourney } from './use-journey.ts'
import './journey.css'

export function JourneySection({ orderId }: { orderId: string }) {
  const { texts } = useLanguage()
  const { journey, phase } = useJourney(orderId)
  const layout = useMemo(() => (journey ? layOut(journey) : null), [journey])
  const known = layout !== null && layout.stations.length > 0
  return (
    <section className="journey" aria-labelledby="journey-heading" aria-busy={phase === 'gathering'}>
      <div className="journey__head">
        <h2 id="journey-heading">{texts.journey.title}</h2>
        <p className="lead">{texts.journey.lead}</p>
      </div>
      {known && <Facts layout={layout} />}
      {known && (
        <ol className="journey__line" style={columnsOf(layout)}>
          {layout.stations.map((station) => (
            <StationView key={station.id} station={station} />
          ))}
        </ol>
      )}
      {!known && phase === 'gathering' && (
        <div className="journey__coming">
          <Skeleton height="168px" />
        </div>
      )}
      <div className="journey__foot">
        <p role="status">
          {phase === 'gathering' && texts.journey.gathering}
          {phase === 'gave-up' && (known ? texts.journey.partial : texts.journey.none)}
          {phase === 'complete' && texts.journey.legend}
        </p>
        {known && <a href={journeyPath(orderId)}>{texts.journey.raw}</a>}
      </div>
    </section>
  )
}

/** How many stations fit side by side on a wide and on a middling screen; on a narrow one they stand below each other. */
const columnsOf = ({ stations }: JourneyLayout) =>
  ({ '--wide': columnsFor(stations.length, 8), '--middling': columnsFor(stations.length, 4) }) as CSSProperties

function Facts({ layout }: { layout: JourneyLayout }) {
  const { language, texts } = useLanguage()
  const { journey } = texts
  const total = journey.ms(new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(layout.durationMs))
  return (
    <div className="journey__facts">
      <p className="tabular">
        <strong>{total}</strong> · {journey.parts(layout.parts)} · {journey.calls(layout.calls)} ·{' '}
        {journey.retries(layout.retries)}
      </p>
      <p>{layout.encrypted ? journey.encrypted : journey.someplain}</p>
    </div>
  )
}
