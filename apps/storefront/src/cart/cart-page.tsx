/** The cart as a page: lines that can be changed, what is in the way of buying, the sum, and the way on. */
import { formatMoney, type CartLine } from '@meshmart/contracts'
import { buttonClass, Skeleton } from '@meshmart/ui'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { Link } from 'react-router'
import { useLiveStock, withStock, type LiveProduct } from '../catalogue/live-stock.ts'
import { productPath } from '../catalogue/product-card.tsx'
import { useAnnounce } from '../shell/announcer.tsx'
import { Empty } from '../shell/empty.tsx'
import { LoadFailed, Notice, wordsFor } from '../shell/notice.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { useLanguage, useTexts } from '../texts/language.tsx'
import { CartChanges } from './cart-changes.tsx'
import { useCart } from './cart.tsx'
import { MOST_OF_ONE } from './items.ts'
import './cart.css'

export function CartPage() {
  const { language, texts } = useLanguage()
  const { cart: known, failure, reload } = useCart()
  const stocks = useLiveStock(known?.lines.map(({ product }) => product.sku) ?? [])
  useReloadOnceOutdated(stocks)
  const cart = known && {
    ...known,
    lines: known.lines.map((line) => ({ ...line, product: withStock(line.product, stocks) })),
  }
  const [changeFailed, setChangeFailed] = useState<unknown>(null)
  const heading = useRef<HTMLHeadingElement>(null)

  if (cart?.lines.length === 0) {
    return (
      <>
        <PageTitle>{texts.cart.title}</PageTitle>
        <CartChanges />
        <Empty title={texts.cart.empty} hint={texts.cart.emptyHint}>
          <Link className={buttonClass('primary')} to="/">
            {texts.cart.browse}
          </Link>
        </Empty>
      </>
    )
  }
  const blocked = cart?.lines.some(({ product, quantity }) => quantity > product.stock.available) ?? false
  return (
    <>
      <PageTitle>{texts.cart.title}</PageTitle>
      <h1 tabIndex={-1} ref={heading}>
        {texts.cart.title}
      </h1>
      {cart === null && failure !== null && <LoadFailed error={failure} retry={reload} />}
      {cart === null && failure === null && (
        <div className="cart" role="status" aria-label={texts.shop.loading}>
          <Skeleton height="112px" />
          <Skeleton height="180px" />
        </div>
      )}
      <CartChanges />
      {changeFailed !== null && <Notice words={wordsFor(changeFailed, texts)} />}
      {cart !== null && (
        <div className="cart">
          <ul className="cart__lines">
            {cart.lines.map((line) => (
              <Line
                key={line.product.sku}
                line={line}
                onRemoved={() => heading.current?.focus()}
                onFailed={setChangeFailed}
              />
            ))}
          </ul>
          <div className="cart__sum">
            <dl className="sums">
              <div>
                <dt>{texts.cart.shipping}</dt>
                <dd>{texts.cart.free}</dd>
              </div>
              <div className="sums__total">
                <dt>{texts.cart.total}</dt>
                <dd className="tabular">{formatMoney(cart.total, language)}</dd>
              </div>
            </dl>
            {blocked ? (
              <span className={buttonClass('primary', 'wide')} role="link" aria-disabled="true">
                {texts.cart.checkout}
              </span>
            ) : (
              <Link className={buttonClass('primary', 'wide')} to="/checkout">
                {texts.cart.checkout}
              </Link>
            )}
          </div>
        </div>
      )}
    </>
  )
}

/** A price that is told and is not the cart's, or that something is not sold any more: the cart is read again, once for each time that it is told. */
function useReloadOnceOutdated(told: ReadonlyMap<string, LiveProduct>): void {
  const { cart, reload } = useCart()
  const look = useEffectEvent((now: ReadonlyMap<string, LiveProduct>) => {
    const isOutdated = cart?.lines.some(({ product }) => {
      const live = now.get(product.sku)
      return live !== undefined && live.price?.amount !== product.price.amount
    })
    if (isOutdated === true) void reload()
  })
  useEffect(() => look(told), [told])
}

type LineProps = { line: CartLine; onRemoved: () => void; onFailed: (error: unknown) => void }

function Line({ line: { product, quantity, lineTotal }, onRemoved, onFailed }: LineProps) {
  const { language } = useLanguage()
  const texts = useTexts()
  const announce = useAnnounce()
  const { setQuantity } = useCart()
  const name = product.name[language]
  const { available } = product.stock

  const change = async (next: number) => {
    onFailed(null)
    try {
      await setQuantity(product.sku, next)
      announce(next === 0 ? texts.cart.removed(name) : texts.cart.changed(name, next))
      if (next === 0) onRemoved()
    } catch (error) {
      onFailed(error)
    }
  }
  return (
    <li className="line">
      <img className="plate line__picture" src={product.picture} alt="" width="96" height="96" />
      <div className="line__words">
        <h2 className="line__name">
          <Link to={productPath(product.sku)}>{name}</Link>
        </h2>
        <p className="soft tabular">
          {formatMoney(product.price, language)} {texts.cart.each}
        </p>
        {quantity > available && (
          <p className="line__blocked" role="alert">
            {texts.cart.notEnough(available)}
          </p>
        )}
      </div>
      <div className="line__change">
        <div className="stepper" role="group" aria-label={texts.cart.quantityOf(name)}>
          <button
            type="button"
            aria-label={texts.cart.fewer(name)}
            disabled={quantity <= 1}
            onClick={() => change(quantity - 1)}
          >
            −
          </button>
          <output className="tabular">{quantity}</output>
          <button
            type="button"
            aria-label={texts.cart.more(name)}
            disabled={quantity >= Math.min(available, MOST_OF_ONE)}
            onClick={() => change(quantity + 1)}
          >
            +
          </button>
        </div>
        <button className="line__remove" type="button" aria-label={texts.cart.removeOf(name)} onClick={() => change(0)}>
          {texts.cart.remove}
        </button>
      </div>
      <p className="line__total tabular">{formatMoney(lineTotal, language)}</p>
    </li>
  )
}
