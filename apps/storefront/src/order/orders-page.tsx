/** All orders of this account, or of this browser for a guest; newest first. */
import { formatMoney, type Order } from '@meshmart/contracts'
import { Button, buttonClass, Skeleton, StatusPill } from '@meshmart/ui'
import { useState } from 'react'
import { Link } from 'react-router'
import { useSession } from '../account/session.tsx'
import { isNotThere } from '../api/failure.ts'
import { listOrders } from '../api/shop.ts'
import { useLoaded } from '../loaded.ts'
import { Empty } from '../shell/empty.tsx'
import { LoadFailed, Notice, wordsFor } from '../shell/notice.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { useLanguage, useTexts } from '../texts/language.tsx'
import { shortId, toneOf } from './progress.ts'
import './order.css'

export function OrdersPage() {
  const texts = useTexts()
  const { session } = useSession()
  const { loaded, reload, set } = useLoaded(`orders of ${session?.account?.id}`, (signal) => listOrders(null, signal))
  const [more, setMore] = useState<{ busy: boolean; failure: unknown }>({ busy: false, failure: null })

  // A browser that never had a cart or an order is not known at all: there are no orders of it either.
  const unknown = loaded.state === 'failed' && isNotThere(loaded.error)
  if (unknown || (loaded.state === 'ready' && loaded.value.items.length === 0)) {
    return (
      <>
        <PageTitle>{texts.orders.title}</PageTitle>
        <Empty title={texts.orders.empty} hint={texts.orders.emptyHint}>
          <Link className={buttonClass('primary')} to="/">
            {texts.cart.browse}
          </Link>
        </Empty>
      </>
    )
  }
  const loadMore = async () => {
    if (loaded.state !== 'ready') return
    setMore({ busy: true, failure: null })
    try {
      const next = await listOrders(loaded.value.nextCursor)
      set({ items: [...loaded.value.items, ...next.items], nextCursor: next.nextCursor })
      setMore({ busy: false, failure: null })
    } catch (failure) {
      setMore({ busy: false, failure })
    }
  }
  return (
    <>
      <PageTitle>{texts.orders.title}</PageTitle>
      <h1>{texts.orders.title}</h1>
      {session?.account === null && (
        <p className="lead">
          {texts.orders.guest} <Link to="/sign-in">{texts.shop.signIn}</Link>
        </p>
      )}
      {loaded.state === 'failed' && <LoadFailed error={loaded.error} retry={reload} />}
      {loaded.state === 'loading' && (
        <div className="orders" role="status" aria-label={texts.shop.loading}>
          <Skeleton height="88px" />
          <Skeleton height="88px" />
        </div>
      )}
      {loaded.state === 'ready' && (
        <>
          <ul className="orders">
            {loaded.value.items.map((order) => (
              <OrderRow key={order.id} order={order} />
            ))}
          </ul>
          {more.failure !== null && <Notice words={wordsFor(more.failure, texts)} />}
          {loaded.value.nextCursor !== null && (
            <div className="more">
              <Button variant="quiet" busy={more.busy && texts.shop.loading} onClick={loadMore}>
                {texts.orders.more}
              </Button>
            </div>
          )}
        </>
      )}
    </>
  )
}

function OrderRow({ order }: { order: Order }) {
  const { language, texts } = useLanguage()
  const [first, ...rest] = order.lines
  const placed = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(order.createdAt),
  )
  return (
    <li className="orders__row">
      <span className="orders__pictures" aria-hidden="true">
        {order.lines.slice(0, 3).map(({ sku }) => (
          <img className="plate" key={sku} src={`/products/${sku.toLowerCase()}.svg`} alt="" width="56" height="56" />
        ))}
      </span>
      <span className="orders__words">
        <Link className="orders__link" to={`/orders/${order.id}`}>
          {first?.name[language]} {rest.length > 0 && texts.orders.and(rest.length)}
          <span className="visually-hidden">{texts.order.number(shortId(order.id))}</span>
        </Link>
        <span className="soft small">
          {texts.order.number(shortId(order.id))} · {placed}
        </span>
      </span>
      <StatusPill tone={toneOf(order.state)}>{texts.order.state[order.state]}</StatusPill>
      <span className="orders__total tabular">{formatMoney(order.total, language)}</span>
    </li>
  )
}
