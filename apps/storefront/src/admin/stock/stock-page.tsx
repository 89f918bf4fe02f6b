/** One product: where its pieces are, what moved them, and what staff may do with them. */
import type { Product, StockOfProduct } from '@meshmart/contracts'
import { Link, useParams } from 'react-router'
import { isNotThere } from '../../api/failure.ts'
import { getProduct } from '../../api/shop.ts'
import { useLoaded } from '../../loaded.ts'
import { Empty } from '../../shell/empty.tsx'
import { PageTitle } from '../../shell/page-title.tsx'
import { getStock } from '../office-api.ts'
import { DataTable, Part } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { Movements } from './movements.tsx'
import { ReplenishmentForm } from './replenishment-form.tsx'
import { StockTakeForm } from './stock-take-form.tsx'
import { TransferForm } from './transfer-form.tsx'

type Found = { product: Product; stock: StockOfProduct }

async function load(sku: string, signal: AbortSignal): Promise<Found> {
  const [product, stock] = await Promise.all([getProduct(sku, signal), getStock(sku, signal)])
  return { product, stock }
}

export function StockPage() {
  const { sku = '' } = useParams()
  const { language, office, shop } = useOfficeTexts()
  const { loaded, reload } = useLoaded(sku, (signal) => load(sku, signal))
  if (loaded.state === 'failed' && isNotThere(loaded.error)) {
    return (
      <>
        <PageTitle>{shop.product.gone}</PageTitle>
        <Empty title={shop.product.gone} hint={office.stock.goneHint}>
          <Link to="/admin/products">{office.products.title}</Link>
        </Empty>
      </>
    )
  }
  const name = loaded.state === 'ready' ? loaded.value.product.name[language] : sku
  return (
    <>
      <PageTitle>{name}</PageTitle>
      <h1>{name}</h1>
      <Part loaded={loaded} reload={reload}>
        {({ stock }) => (
          <>
            <Places stock={stock} />
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
    </>
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
