/** One chart: bars over time, what they add up to in words, and the same as a table for whoever cannot see bars. */
import { useLanguage } from '../../texts/language.tsx'
import { DataTable } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { barsOf, totalsOf, type Series } from './bars.ts'

const SIZE = { width: 600, height: 120 }

type ChartProps = { title: string; at: readonly string[]; series: readonly Series[]; format: (value: number) => string }

export function Chart({ title, at, series, format }: ChartProps) {
  const { language } = useLanguage()
  const { figures } = useOfficeTexts().office
  const totals = totalsOf(series)
  const sum = figures.sum(format(totals.reduce((a, b) => a + b, 0)))
  const most = figures.most(format(Math.max(...totals, 0)))
  const time = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
  const words = at.map((each) => time.format(new Date(each)))
  return (
    <figure className="chart">
      <figcaption>
        <strong>{title}</strong>
        <span className="soft small tabular">
          {sum}, {most}
        </span>
        {series.length > 1 && (
          <span className="small">
            {series.map(({ name, tone }) => (
              <span className={`chart__key chart__key--${tone}`} key={name}>
                {name}
              </span>
            ))}
          </span>
        )}
      </figcaption>
      <svg
        role="img"
        aria-label={`${title}: ${sum}, ${most}`}
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        preserveAspectRatio="none"
      >
        {barsOf(series, SIZE).map(({ tone, ...place }) => (
          <rect key={`${place.x} ${tone}`} className={`chart__bar chart__bar--${tone}`} {...place} />
        ))}
      </svg>
      <p className="chart__times soft small tabular" aria-hidden="true">
        <span>{words[0]}</span>
        <span>{words.at(-1)}</span>
      </p>
      <details>
        <summary className="small">{figures.table}</summary>
        <DataTable name={title} head={[figures.from, ...series.map(({ name }) => name)]}>
          {words.map((when, index) => (
            <tr key={at[index]}>
              <td className="tabular">{when}</td>
              {series.map(({ name, values }) => (
                <td className="tabular" key={name}>
                  {format(values[index] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </DataTable>
      </details>
    </figure>
  )
}
