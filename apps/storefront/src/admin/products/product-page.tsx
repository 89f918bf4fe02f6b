/** One product: what the shop says of it and who changed that, where its pieces are, what moved them, and what staff may do with them. */
import { StatusPill } from '@meshmart/ui'
import { Link, useParams } from 'react-router'
import { isNotThere } from '../../api/failure.ts'
import { useLoaded } from '../../loaded.ts'
import { Empty } from '../../shell/empty.tsx'
import { PageTitle } from '../../shell/page-title.tsx'
import { inspectProduct } from '../office-api.ts'
import { Part } from '../parts.tsx'
import { ProductStock } from '../stock/product-stock.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { Edits } from './edits.tsx'
import { ProductEditor } from './product-editor.tsx'

export function StaffProductPage() {
  const { sku = '' } = useParams()
  const { language, office, shop } = useOfficeTexts()
  const { loaded, reload, set } = useLoaded(sku, (signal) => inspectProduct(sku, signal))
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
  const product = loaded.state === 'ready' ? loaded.value.value : null
  return (
    <>
      <PageTitle>{product?.name[language] ?? sku}</PageTitle>
      <div>
        <h1>{product?.name[language] ?? sku}</h1>
        {product?.forSale === false && <StatusPill tone="warn">{office.products.withdrawn}</StatusPill>}
      </div>
      <Part loaded={loaded} reload={reload}>
        {(read) => (
          <>
            <ProductEditor key={sku} read={read} show={set} />
            <Edits edits={read.value.edits} />
          </>
        )}
      </Part>
      <ProductStock sku={sku} reorderPoint={product?.reorderPoint} />
    </>
  )
}
