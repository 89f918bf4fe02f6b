/** What is about to be bought, beside the form, with the button that buys it. */
import { formatMoney, type Cart } from '@meshmart/contracts'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useLanguage } from '../texts/language.tsx'

export function OrderSummary({ cart, children }: { cart: Cart; children: ReactNode }) {
  const { language, texts } = useLanguage()
  return (
    <section className="summary" aria-labelledby="summary-heading">
      <div className="summary__head">
        <h2 id="summary-heading">{texts.checkout.summary}</h2>
        <Link to="/cart">{texts.checkout.change}</Link>
      </div>
      <ul className="summary__lines">
        {cart.lines.map(({ product, quantity, lineTotal }) => (
          <li key={product.sku}>
            <img className="plate" src={product.picture} alt="" width="48" height="48" />
            <span>
              {product.name[language]} <span className="soft tabular">× {quantity}</span>
              {quantity > product.stock.available && (
                <span className="line__blocked">{texts.cart.notEnough(product.stock.available)}</span>
              )}
            </span>
            <span className="tabular">{formatMoney(lineTotal, language)}</span>
          </li>
        ))}
      </ul>
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
      {children}
    </section>
  )
}
