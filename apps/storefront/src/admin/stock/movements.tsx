/** What moved a product, newest first: a sale by its order, all else by whoever answers for it. */
import type { StockMovement } from '@meshmart/contracts'
import { Button } from '@meshmart/ui'
import { useLoaded } from '../../loaded.ts'
import { Notice, wordsFor } from '../../shell/notice.tsx'
import { listMovements } from '../office-api.ts'
import { DataTable, Instant, Part, Typed, useMore } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'

export function Movements({ sku }: { sku: string }) {
  const { office, shop } = useOfficeTexts()
  const { loaded, reload, set } = useLoaded(sku, (signal) => listMovements(sku, null, signal))
  const more = useMore(loaded.state === 'ready' ? loaded.value : null, set, (cursor) => listMovements(sku, cursor))
  const words = office.stock
  return (
    <section aria-labelledby="movements-heading">
      <h2 id="movements-heading">{words.movements}</h2>
      <Part loaded={loaded} reload={reload}>
        {({ items }) => (
          <DataTable
            name={words.movements}
            head={[office.when, office.warehouse, office.state, office.quantity, words.cause]}
          >
            {items.map((movement) => (
              <tr key={movement.id}>
                <td>
                  <Instant at={movement.at} />
                </td>
                <td>{office.warehouses[movement.warehouse]}</td>
                <td>{words.kind[movement.kind]}</td>
                <td className="tabular">{movement.quantity > 0 ? `+${movement.quantity}` : movement.quantity}</td>
                <td>
                  <Cause movement={movement} />
                </td>
              </tr>
            ))}
          </DataTable>
        )}
      </Part>
      {more.failure !== null && <Notice words={wordsFor(more.failure, shop)} />}
      {more.isMore && (
        <Button variant="quiet" busy={more.busy && shop.shop.loading} onClick={() => void more.more()}>
          {office.more}
        </Button>
      )}
    </section>
  )
}

function Cause({ movement: { document, reservationId } }: { movement: StockMovement }) {
  const { office } = useOfficeTexts()
  if (document !== null) {
    return (
      <>
        {document.note !== '' && <Typed>{`${document.note} `}</Typed>}
        <code>{document.actor}</code>
      </>
    )
  }
  return reservationId === null ? (
    '–'
  ) : (
    <>
      {office.stock.reservation} <code>{reservationId}</code>
    </>
  )
}
