/** Every product, also those that are not for sale; what the shop says of each, and its stock, is behind its name. */
import { formatMoney, type StaffProductRow, type StockLevel } from '@meshmart/contracts'
import { Button, StatusPill, TextField } from '@meshmart/ui'
import { useState, type FormEvent } from 'react'
import { Link, useSearchParams } from 'react-router'
import { useLoaded } from '../../loaded.ts'
import { Notice, wordsFor } from '../../shell/notice.tsx'
import { PageTitle } from '../../shell/page-title.tsx'
import { findProducts } from '../office-api.ts'
import { DataTable, Part, useMore } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'

export function ProductsPage() {
  const { office, shop } = useOfficeTexts()
  const [parameters, setParameters] = useSearchParams()
  const query = parameters.get('q') ?? ''
  const { loaded, reload, set } = useLoaded(query, (signal) => findProducts(query, null, signal))
  const more = useMore(loaded.state === 'ready' ? loaded.value : null, set, (cursor) => findProducts(query, cursor))
  return (
    <>
      <PageTitle>{office.products.title}</PageTitle>
      <h1>{office.products.title}</h1>
      <p className="lead">{office.products.lead}</p>
      <SearchForm key={query} query={query} find={(q) => setParameters(q === '' ? {} : { q })} />
      <Part loaded={loaded} reload={reload}>
        {({ items }) =>
          items.length === 0 ? <p role="status">{office.products.none}</p> : <ProductTable items={items} />
        }
      </Part>
      {more.failure !== null && <Notice words={wordsFor(more.failure, shop)} />}
      {more.isMore && (
        <Button variant="quiet" busy={more.busy && shop.shop.loading} onClick={() => void more.more()}>
          {office.more}
        </Button>
      )}
    </>
  )
}

function SearchForm({ query, find }: { query: string; find: (query: string) => void }) {
  const { office } = useOfficeTexts()
  const [typed, setTyped] = useState(query)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    find(typed.trim())
  }
  return (
    <form className="office__filters" role="search" onSubmit={submit}>
      <TextField
        label={office.products.search}
        type="search"
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button type="submit">{office.orders.find}</Button>
    </form>
  )
}

function ProductTable({ items }: { items: readonly StaffProductRow[] }) {
  const { language, office, shop } = useOfficeTexts()
  const { name, category, price, available, withdrawn } = office.products
  return (
    <DataTable name={office.products.title} head={[office.product, name, category, price, available, office.state]}>
      {items.map((product) => (
        <tr key={product.sku}>
          <td>
            <code>{product.sku}</code>
          </td>
          <td>
            <Link to={`/admin/products/${encodeURIComponent(product.sku)}`}>{product.name[language]}</Link>
          </td>
          <td>{shop.category[product.category]}</td>
          <td className="tabular">{formatMoney(product.price, language)}</td>
          <td className="tabular">{product.available}</td>
          <td>
            {!product.forSale && <StatusPill tone="warn">{withdrawn}</StatusPill>}
            {product.forSale && (
              <StatusPill tone={toneOf(product)}>{office.products.level[levelOf(product)]}</StatusPill>
            )}
          </td>
        </tr>
      ))}
    </DataTable>
  )
}

/** The same words as in the shop: few from the reorder point downwards. */
function levelOf({ available, reorderPoint }: StaffProductRow): StockLevel {
  if (available === 0) return 'sold-out'
  return available <= reorderPoint ? 'few-left' : 'in-stock'
}

const toneOf = (product: StaffProductRow) => (levelOf(product) === 'in-stock' ? 'good' : 'warn')
