/** Giving pieces back: how many of which line, what comes back for it, one button. The same choice pressed again after a lost answer is the same return. */
import { formatMoney, type Order, type OrderLine } from '@meshmart/contracts'
import { Button } from '@meshmart/ui'
import { useRef, useState } from 'react'
import { outcomeIsUnknown, ProblemAnswer } from '../api/failure.ts'
import { giveBack } from '../api/shop.ts'
import { attemptFor, settle, type Attempt } from '../checkout/attempt.ts'
import { Notice, wordsFor } from '../shell/notice.tsx'
import { useLanguage } from '../texts/language.tsx'
import { keptOf, piecesOf, refundOf, type Chosen } from './returning.ts'
import '../cart/cart.css'

type Props = { order: Order; onOrder: (order: Order) => void }

export function GiveBack({ order, onOrder }: Props) {
  const { language, texts } = useLanguage()
  const words = texts.order.giveBack
  const dialog = useRef<HTMLDialogElement>(null)
  const attempt = useRef<Attempt | null>(null)
  const [chosen, setChosen] = useState<Chosen>({})
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const lines = piecesOf(order.lines, chosen)

  const send = async () => {
    const current = attemptFor(attempt.current, { id: order.id, lines }, () => crypto.randomUUID())
    attempt.current = current
    setBusy(true)
    setFailure(null)
    try {
      const next = await giveBack(order.id, lines, current.key)
      attempt.current = settle(current)
      setChosen({})
      dialog.current?.close()
      onOrder(next)
    } catch (error) {
      if (!outcomeIsUnknown(error)) attempt.current = settle(current)
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  const failed = () => {
    if (outcomeIsUnknown(failure)) return words.unheard
    const todo = failure instanceof ProblemAnswer ? failure.problem.title : wordsFor(failure, texts).what
    return { what: words.failed, todo }
  }
  return (
    <div className="give-back">
      <Button variant="quiet" onClick={() => dialog.current?.showModal()}>
        {words.open}
      </Button>
      <dialog className="dialog" ref={dialog} aria-labelledby="give-back-heading" aria-describedby="give-back-hint">
        <h2 id="give-back-heading">{words.ask}</h2>
        <p id="give-back-hint">{words.hint}</p>
        <ul className="give-back__lines">
          {order.lines
            .filter((line) => keptOf(line) > 0)
            .map((line) => (
              <Pieces
                key={line.sku}
                line={line}
                chosen={Math.min(chosen[line.sku] ?? 0, keptOf(line))}
                choose={(count) => setChosen((now) => ({ ...now, [line.sku]: count }))}
              />
            ))}
        </ul>
        <p className="give-back__refund" role="status">
          {lines.length === 0 ? words.nothing : words.refund(formatMoney(refundOf(order.lines, chosen), language))}
        </p>
        {failure !== null && <Notice words={failed()} />}
        <div className="row">
          <Button disabled={lines.length === 0} busy={busy && words.busy} onClick={send}>
            {words.yes}
          </Button>
          <Button variant="quiet" onClick={() => dialog.current?.close()}>
            {words.no}
          </Button>
        </div>
      </dialog>
    </div>
  )
}

type PiecesProps = { line: OrderLine; chosen: number; choose: (count: number) => void }

function Pieces({ line, chosen, choose }: PiecesProps) {
  const { language, texts } = useLanguage()
  const name = line.name[language]
  return (
    <li>
      <span>
        {name} <span className="soft tabular">{texts.order.giveBack.of(keptOf(line))}</span>
      </span>
      <div className="stepper" role="group" aria-label={texts.cart.quantityOf(name)}>
        <button
          type="button"
          aria-label={texts.cart.fewer(name)}
          disabled={chosen === 0}
          onClick={() => choose(chosen - 1)}
        >
          −
        </button>
        <output className="tabular">{chosen}</output>
        <button
          type="button"
          aria-label={texts.cart.more(name)}
          disabled={chosen >= keptOf(line)}
          onClick={() => choose(chosen + 1)}
        >
          +
        </button>
      </div>
    </li>
  )
}
