/** Where the pieces of a product are, what moved them, and what staff may do with them. */
import type { StockOfProduct } from '@meshmart/contracts'
import { useLoaded } from '../../loaded.ts'
import { getStock } from '../office-api.ts'
import { DataTable, Part } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { Movements } from './movements.tsx'
import { ReplenishmentForm } from './replenishment-form.tsx'
import { StockTakeForm } from './stock-take-form.tsx'
import { TransferForm } from './transfer-form.tsx'

/** @param reorderPoint as the product is shown, once it is: staff may have changed it since the stock was read */
export function ProductStock({ sku, reorderPoint }: { sku: string; reorderPoint: number | undefined }) {
  const { loaded, reload } = useLoaded(sku, (signal) => getStock(sku, signal))
  return (
    <Part loaded={loaded} reload={reload}>
      {(stock) => (
        <>
          <Places stock={{ ...stock, reorderPoint: reorderPoint ?? stock.reorderPoint }} />
          {/* What was booked shows at once: a new total has other movements behind it. */}
          <Movements key={JSON.stringify(stock.places)} sku={sku} />
          <div className="office__forms">
            <StockTakeForm sku={sku} booked={reload} />
            <TransferForm sku={sku} />
            <ReplenishmentForm sku={sku} />
          </div>
        </>
      )}
    </Part>
  )
}

function Places({ stock }: { stock: StockOfProduct }) {
  const { office } = useOfficeTexts()
  const words = office.stock
  return (
    <section aria-labelledby="places-heading">
      <h2 id="places-heading">{words.places}</h2>
      <p className="tabular">
        <code>{stock.sku}</code> · {words.available}: {stock.available} · {words.reorderPoint(stock.reorderPoint)}
      </p>
      <DataTable name={words.places} head={[office.warehouse, words.onHand, words.held, words.available]}>
        {stock.places.map(({ warehouse, onHand, held, available }) => (
          <tr key={warehouse}>
            <td>{office.warehouses[warehouse]}</td>
            <td className="tabular">{onHand}</td>
            <td className="tabular">{held}</td>
            <td className="tabular">{available}</td>
          </tr>
        ))}
      </DataTable>
    </section>
  )
}
