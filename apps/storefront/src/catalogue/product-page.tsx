/** One product: a large picture, few words, one thing to do. */
import { formatMoney, type Product } from '@meshmart/contracts'
import { buttonClass, Button, SelectField, Skeleton } from '@meshmart/ui'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { isNotThere } from '../api/failure.ts'
import { getProduct } from '../api/shop.ts'
import { useCart } from '../cart/cart.tsx'
import { quantityOf } from '../cart/items.ts'
import { useLoaded } from '../loaded.ts'
import { useAnnounce } from '../shell/announcer.tsx'
import { Empty } from '../shell/empty.tsx'
import { LoadFailed, Notice, wordsFor } from '../shell/notice.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { useLanguage, useTexts } from '../texts/language.tsx'
import { useLiveStock, withStock } from './live-stock.ts'
import { StockNote } from './stock-note.tsx'
import './catalogue.css'

/** More than this at once is a wholesale order; the cart still allows it. */
const MOST_AT_ONCE = 10

export function ProductPage() {
  const { sku = '' } = useParams()
  const texts = useTexts()
  const { loaded, reload } = useLoaded(sku, (signal) => getProduct(sku, signal))
  if (loaded.state === 'failed' && isNotThere(loaded.error)) return <Gone />
  return (
    <>
      <p className="back">
        <Link to="/">← {texts.product.back}</Link>
      </p>
      {loaded.state === 'failed' && <LoadFailed error={loaded.error} retry={reload} />}
      {loaded.state === 'loading' && <ProductSkeleton />}
      {loaded.state === 'ready' && <LiveDetail product={loaded.value} />}
    </>
  )
}

function LiveDetail({ product }: { product: Product }) {
  const stocks = useLiveStock([product.sku])
  const live = stocks.get(product.sku)
  if (live?.price === null) return <Gone />
  return <ProductDetail product={{ ...withStock(product, stocks), price: live?.price ?? product.price }} />
}

function Gone() {
  const texts = useTexts()
  return (
    <>
      <PageTitle>{texts.product.gone}</PageTitle>
      <Empty title={texts.product.gone} hint={texts.product.goneHint}>
        <Link className={buttonClass('primary')} to="/">
          {texts.product.back}
        </Link>
      </Empty>
    </>
  )
}

function ProductDetail({ product }: { product: Product }) {
  const { language, texts } = useLanguage()
  const name = product.name[language]
  return (
    <article className="product">
      <PageTitle>{name}</PageTitle>
      <img className="plate product__picture" src={product.picture} alt="" width="640" height="640" />
      <div className="product__words">
        <p className="product__category">
          <Link to={`/?category=${product.category}`}>{texts.category[product.category]}</Link>
        </p>
        <h1>{name}</h1>
        <p className="product__price tabular">{formatMoney(product.price, language)}</p>
        <p className="product__text">{product.description[language]}</p>
        <p>
          <StockNote stock={product.stock} />
        </p>
        <AddToCart product={product} name={name} />
        <p className="product__promise">{texts.product.promise}</p>
      </div>
    </article>
  )
}

function AddToCart({ product, name }: { product: Product; name: string }) {
  const texts = useTexts()
  const announce = useAnnounce()
  const { cart, add } = useCart()
  const [quantity, setQuantity] = useState(1)
  const [step, setStep] = useState<{ at: 'idle' | 'adding' | 'added' } | { at: 'failed'; error: unknown }>({
    at: 'idle',
  })
  if (product.stock.level === 'sold-out') return null

  const left = product.stock.available - quantityOf(cart, product.sku)
  const most = Math.max(1, Math.min(MOST_AT_ONCE, left))
  const put = async () => {
    setStep({ at: 'adding' })
    try {
      await add(product.sku, Math.min(quantity, most))
      setStep({ at: 'added' })
      setQuantity(1)
      announce(texts.product.added(name))
    } catch (error) {
      setStep({ at: 'failed', error })
    }
  }
  return (
    <div className="buy">
      <div className="buy__row">
        <SelectField
          label={texts.product.quantity}
          value={Math.min(quantity, most)}
          disabled={left <= 0}
          onChange={(event) => setQuantity(Number(event.target.value))}
        >
          {Array.from({ length: most }, (_, index) => (
            <option key={index}>{index + 1}</option>
          ))}
        </SelectField>
        <Button busy={step.at === 'adding' && texts.product.adding} disabled={left <= 0} onClick={put}>
          {texts.product.add}
        </Button>
      </div>
      {step.at === 'failed' && <Notice words={wordsFor(step.error, texts)} />}
      {step.at === 'added' && (
        <p className="buy__added">
          {texts.product.added(name)} <Link to="/cart">{texts.product.viewCart}</Link>
        </p>
      )}
      {left <= 0 && step.at !== 'added' && <p className="soft">{texts.product.allInCart}</p>}
    </div>
  )
}

function ProductSkeleton() {
  const texts = useTexts()
  return (
    <div className="product">
      <p className="visually-hidden" role="status">
        {texts.shop.loading}
      </p>
      <span className="plate skeleton product__picture" aria-hidden="true" />
      <div className="product__words">
        <Skeleton width="80px" height="20px" />
        <Skeleton width="70%" height="44px" />
        <Skeleton width="100px" height="28px" />
        <Skeleton height="96px" />
        <Skeleton width="220px" height="44px" />
      </div>
    </div>
  )
}
