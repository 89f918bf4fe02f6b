/** Cancelling asks once, says what it does, and leaves everything as it is when it fails. */
import type { Order } from '@meshmart/contracts'
import { Button } from '@meshmart/ui'
import { useRef, useState } from 'react'
import { ProblemAnswer } from '../api/failure.ts'
import { cancelOrder } from '../api/shop.ts'
import { Notice, wordsFor } from '../shell/notice.tsx'
import { useTexts } from '../texts/language.tsx'

export function CancelOrder({ order, onOrder }: { order: Order; onOrder: (order: Order) => void }) {
  const texts = useTexts()
  const dialog = useRef<HTMLDialogElement>(null)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)

  const cancel = async () => {
    setBusy(true)
    setFailure(null)
    try {
      const next = await cancelOrder(order.id)
      dialog.current?.close()
      onOrder(next)
    } catch (error) {
      setFailure(error)
      setBusy(false)
    }
  }
  const words = () => ({
    what: texts.order.cancelFailed,
    todo: failure instanceof ProblemAnswer ? failure.problem.title : wordsFor(failure, texts).what,
  })
  return (
    <div className="cancel">
      <Button variant="quiet" onClick={() => dialog.current?.showModal()}>
        {texts.order.cancel}
      </Button>
      <dialog className="dialog" ref={dialog} aria-labelledby="cancel-heading" aria-describedby="cancel-hint">
        <h2 id="cancel-heading">{texts.order.cancelAsk}</h2>
        <p id="cancel-hint">{texts.order.cancelHint}</p>
        {failure !== null && <Notice words={words()} />}
        <div className="row">
          <Button busy={busy && texts.order.cancelBusy} onClick={cancel}>
            {texts.order.cancelYes}
          </Button>
          <Button variant="quiet" onClick={() => dialog.current?.close()}>
            {texts.order.cancelNo}
          </Button>
        </div>
      </dialog>
    </div>
  )
}
