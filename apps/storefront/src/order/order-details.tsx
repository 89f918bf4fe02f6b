/** What was bought, where it goes, and what pays for it. */
import { addMoney, formatMoney, timesMoney, type Order } from '@meshmart/contracts'
import { Link } from 'react-router'
import { productPath } from '../catalogue/product-card.tsx'
import { useLanguage } from '../texts/language.tsx'
import { refundedOf } from './returning.ts'

export function OrderDetails({ order }: { order: Order }) {
  const { language, texts } = useLanguage()
  const { name, line1, line2, postalCode, city, country } = order.shippingAddress
  const refunded = refundedOf(order)
  const countryName = new Intl.DisplayNames(language, { type: 'region' }).of(country) ?? country
  return (
    <section className="details" aria-labelledby="lines-heading">
      <div>
        <h2 id="lines-heading">{texts.order.lines}</h2>
        <ul className="details__lines">
          {order.lines.map((line) => (
            <li key={line.sku}>
              <img className="plate" src={`/products/${line.sku.toLowerCase()}.svg`} alt="" width="56" height="56" />
              <span>
                <Link to={productPath(line.sku)}>{line.name[language]}</Link>{' '}
                <span className="soft tabular">
                  {formatMoney(line.unitPrice, language)} × {line.quantity}
                  {line.returned > 0 && ` · ${texts.order.giveBack.ofLine(line.returned)}`}
                </span>
              </span>
              <span className="tabular">{formatMoney(line.lineTotal, language)}</span>
            </li>
          ))}
        </ul>
        <dl className="sums">
          <div className="sums__total">
            <dt>{texts.order.total}</dt>
            <dd className="tabular">{formatMoney(order.total, language)}</dd>
          </div>
          {order.returns.length > 0 && (
            <>
              <div>
                <dt>{texts.order.giveBack.refunded}</dt>
                <dd className="tabular">{formatMoney(timesMoney(refunded, -1), language)}</dd>
              </div>
              <div>
                <dt>{texts.order.giveBack.paid}</dt>
                <dd className="tabular">{formatMoney(addMoney(order.total, timesMoney(refunded, -1)), language)}</dd>
              </div>
            </>
          )}
        </dl>
      </div>
      <dl className="details__facts">
        <div>
          <dt>{texts.order.deliverTo}</dt>
          <dd>
            {[name, line1, line2, `${postalCode} ${city}`, countryName].map(
              (part) => part && <span key={part}>{part}</span>,
            )}
          </dd>
        </div>
        <div>
          <dt>{texts.order.card}</dt>
          <dd className="details__card tabular">{texts.order.paidWith(order.card.brand, order.card.last4)}</dd>
        </div>
        <div>
          <dt>{texts.order.contact}</dt>
          <dd>{order.email}</dd>
        </div>
      </dl>
    </section>
  )
}
