/** What staff can do with an order in the state that it is in. Money and goods are moved only after one more question. */
import type { StaffOrder } from '@meshmart/contracts'
import { Button } from '@meshmart/ui'
import { useRef } from 'react'
import { useSending } from '../../account/sending.ts'
import { Notice, wordsFor } from '../../shell/notice.tsx'
import { cancelAnyOrder, retryOrder } from '../office-api.ts'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { RefundForm } from './refund-form.tsx'

type ActionsProps = { found: StaffOrder; onChange: (found: StaffOrder) => void }

export function OrderActions({ found, onChange }: ActionsProps) {
  const { office } = useOfficeTexts()
  const { state } = found.order
  const canCancel = state !== 'rejecting' && state !== 'rejected' && state !== 'cancelling' && state !== 'cancelled'
  const canRetry = found.saga.finishedAt === null
  return (
    <section aria-labelledby="actions-heading">
      <h2 id="actions-heading">{office.order.actions}</h2>
      {!canCancel && !canRetry && <p className="soft">{office.order.settled}</p>}
      <div className="row">
        {canRetry && <Retry found={found} onChange={onChange} />}
        {canCancel && <Cancel found={found} onChange={onChange} />}
      </div>
      {state === 'confirmed' && <RefundForm found={found} onChange={onChange} />}
    </section>
  )
}

function Retry({ found, onChange }: ActionsProps) {
  const { office, shop } = useOfficeTexts()
  const { busy, failure, send } = useSending()
  return (
    <>
      <Button
        variant="quiet"
        busy={busy && office.sending}
        onClick={() => void send(async () => onChange(await retryOrder(found.order.id)))}
      >
        {office.order.retry}
      </Button>
      {failure !== null && <Notice words={wordsFor(failure, shop)} />}
    </>
  )
}

function Cancel({ found, onChange }: ActionsProps) {
  const { office, shop } = useOfficeTexts()
  const dialog = useRef<HTMLDialogElement>(null)
  const { busy, failure, send } = useSending()
  const cancel = () =>
    send(async () => {
      const changed = await cancelAnyOrder(found.order.id)
      dialog.current?.close()
      onChange(changed)
    })
  return (
    <>
      <Button variant="quiet" onClick={() => dialog.current?.showModal()}>
        {office.order.cancel}
      </Button>
      <dialog className="dialog" ref={dialog} aria-labelledby="cancel-heading" aria-describedby="cancel-hint">
        <h2 id="cancel-heading">{office.order.cancelAsk}</h2>
        <p id="cancel-hint">{office.order.cancelHint}</p>
        {failure !== null && <Notice words={wordsFor(failure, shop)} />}
        <div className="row">
          <Button busy={busy && office.sending} onClick={() => void cancel()}>
            {office.order.cancelYes}
          </Button>
          <Button variant="quiet" onClick={() => dialog.current?.close()}>
            {office.keep}
          </Button>
        </div>
      </dialog>
    </>
  )
}
