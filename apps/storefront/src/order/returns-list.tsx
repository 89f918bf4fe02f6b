/** What was given back of an order, and how far each return is: first the money, then the goods. */
import { formatMoney, type Order, type OrderReturn } from '@meshmart/contracts'
import { StatusPill } from '@meshmart/ui'
import { useLanguage } from '../texts/language.tsx'

export function ReturnsList({ order }: { order: Order }) {
  const { language, texts } = useLanguage()
  if (order.returns.length === 0) return null
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  const nameOf = (sku: string): string => order.lines.find((line) => line.sku === sku)?.name[language] ?? sku
  return (
    <section aria-labelledby="returns-heading">
      <h2 id="returns-heading">{texts.order.giveBack.given}</h2>
      <ul className="returns">
        {order.returns.map((each) => (
          <li key={each.id}>
            <span>
              {each.lines.map(({ sku, quantity }) => `${nameOf(sku)} × ${quantity}`).join(', ')}
              <span className="soft small"> {time.format(new Date(each.requestedAt))}</span>
            </span>
            <StatusPill tone={toneOf(each)}>{texts.order.giveBack.state[each.state]}</StatusPill>
            <span className="returns__refund tabular">{formatMoney(each.refund, language)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

const toneOf = ({ state }: OrderReturn) => (state === 'returned' ? 'quiet' : 'busy')
