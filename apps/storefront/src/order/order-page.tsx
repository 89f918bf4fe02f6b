/** The show piece: an order that fills live, and under it how the request that placed it travelled. */
import { formatMoney, type Order } from '@meshmart/contracts'
import { buttonClass, Skeleton, StatusPill } from '@meshmart/ui'
import { useEffect, useEffectEvent, useState } from 'react'
import { Link, useParams } from 'react-router'
import { isNotThere } from '../api/failure.ts'
import { watchOrder } from '../api/order-stream.ts'
import { getOrder } from '../api/shop.ts'
import { useCart } from '../cart/cart.tsx'
import { JourneySection } from '../journey/journey-section.tsx'
import { useLoaded } from '../loaded.ts'
import { Empty } from '../shell/empty.tsx'
import { LoadFailed } from '../shell/notice.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { useLanguage, useTexts } from '../texts/language.tsx'
import { CancelOrder } from './cancel-order.tsx'
import { GiveBack } from './give-back.tsx'
import { OrderDetails } from './order-details.tsx'
import { OrderEnding } from './order-ending.tsx'
import { canCancel, isMoving, shortId, toneOf } from './progress.ts'
import { canGiveBack } from './returning.ts'
import { ReturnsList } from './returns-list.tsx'
import { StatusLine } from './status-line.tsx'
import './order.css'

export function OrderPage() {
  const { id = '' } = useParams()
  const texts = useTexts()
  const { loaded, reload, set } = useLoaded(id, (signal) => getOrder(id, signal))
  if (loaded.state === 'failed' && isNotThere(loaded.error)) {
    return (
      <>
        <PageTitle>{texts.order.gone}</PageTitle>
        <Empty title={texts.order.gone} hint={texts.order.goneHint}>
          <Link className={buttonClass('primary')} to={`/sign-in?to=/orders/${id}`}>
            {texts.shop.signIn}
          </Link>
        </Empty>
      </>
    )
  }
  if (loaded.state === 'ready') return <OrderView order={loaded.value} onOrder={set} />
  return (
    <>
      <PageTitle>{texts.order.title}</PageTitle>
      <h1>{texts.order.title}</h1>
      {loaded.state === 'failed' ? (
        <LoadFailed error={loaded.error} retry={reload} />
      ) : (
        <div className="order" role="status" aria-label={texts.shop.loading}>
          <Skeleton height="160px" />
          <Skeleton height="240px" />
        </div>
      )}
    </>
  )
}

function OrderView({ order, onOrder }: { order: Order; onOrder: (order: Order) => void }) {
  const { language, texts } = useLanguage()
  const connected = useLiveOrder(order, onOrder)
  const { settled } = useCart()
  const settle = useEffectEvent(settled)
  useEffect(() => settle(order), [order])

  const placed = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' }).format(
    new Date(order.createdAt),
  )
  const name = texts.order.number(shortId(order.id))
  return (
    <div className="order">
      <PageTitle>{name}</PageTitle>
      <header className="order__head">
        <div>
          <p className="soft">
            {name} · {texts.order.placed(placed)}
          </p>
          <h1>{texts.order.now[order.state]}</h1>
        </div>
        <p className="order__total tabular">{formatMoney(order.total, language)}</p>
      </header>

      <section className="order__status" aria-label={texts.order.status}>
        <div className="order__now">
          <p role="status">
            <StatusPill tone={toneOf(order.state)}>{texts.order.state[order.state]}</StatusPill>
          </p>
          {isMoving(order) && (
            <span className="soft small">{connected ? texts.order.live : texts.order.reconnecting}</span>
          )}
        </div>
        <StatusLine order={order} />
        <OrderEnding order={order} />
      </section>

      <JourneySection orderId={order.id} />

      <OrderDetails order={order} />
      <ReturnsList order={order} />
      {canCancel(order) && (
        <div className="row">
          {canGiveBack(order) && <GiveBack order={order} onOrder={onOrder} />}
          <CancelOrder order={order} onOrder={onOrder} />
        </div>
      )}
    </div>
  )
}

/** Follows the order while it moves, also when it starts to move again because it is cancelled or pieces of it go back. Returns whether the live view stands. */
function useLiveOrder(order: Order, onOrder: (order: Order) => void): boolean {
  const [connected, setConnected] = useState(true)
  const receive = useEffectEvent(onOrder)
  const { id } = order
  const moving = isMoving(order)
  useEffect(() => {
    if (!moving) return undefined
    return watchOrder(id, { onOrder: (order) => receive(order), onConnected: setConnected })
  }, [id, moving])
  return connected
}
