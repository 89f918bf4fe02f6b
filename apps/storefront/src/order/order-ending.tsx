/** How an order that did not go through ended: what happened, whether money moved, what to do. */
import type { Order } from '@meshmart/contracts'
import { buttonClass } from '@meshmart/ui'
import { Link } from 'react-router'
import { Notice } from '../shell/notice.tsx'
import { useTexts } from '../texts/language.tsx'
import { reasonOfOrder } from './rejection.ts'

export function OrderEnding({ order }: { order: Order }) {
  const texts = useTexts()
  if (order.state === 'cancelled') {
    const allCameBack = order.history.at(-1)?.cause === 'returned'
    return <Notice tone="quiet" words={allCameBack ? texts.order.allReturned : texts.order.cancelled} />
  }
  if (order.state !== 'rejected') return null
  return (
    <Notice words={texts.order.rejection[reasonOfOrder(order)]}>
      <Link className={buttonClass('quiet')} to="/cart">
        {texts.order.toCart}
      </Link>
    </Notice>
  )
}
