/** Products at their reorder point, and those that the last sales say will be gone soon. */
import { StatusPill } from '@meshmart/ui'
import { Link } from 'react-router'
import { useLoaded } from '../../loaded.ts'
import { listWarnings } from '../office-api.ts'
import { DataTable, Instant, Part } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'

export function Warnings() {
  const { language, office } = useOfficeTexts()
  const words = office.supply
  const { loaded, reload } = useLoaded('warnings', listWarnings)
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  return (
    <section aria-labelledby="warnings-heading">
      <h2 id="warnings-heading">{words.warnings}</h2>
      <Part loaded={loaded} reload={reload}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="soft">{words.noWarnings}</p>
          ) : (
            <DataTable name={words.warnings} head={[office.product, office.state, words.raised]}>
              {items.map(({ id, sku, available, soldOutAt, raisedAt }) => (
                <tr key={id}>
                  <td>
                    <Link to={`/admin/products/${encodeURIComponent(sku)}`}>
                      <code>{sku}</code>
                    </Link>
                  </td>
                  <td>
                    <StatusPill tone={available === 0 ? 'bad' : 'warn'}>
                      {soldOutAt === null ? words.low(available) : words.runningOut(time.format(new Date(soldOutAt)))}
                    </StatusPill>
                  </td>
                  <td>
                    <Instant at={raisedAt} />
                  </td>
                </tr>
              ))}
            </DataTable>
          )
        }
      </Part>
    </section>
  )
}
