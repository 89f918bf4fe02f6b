/** Checkout: one page, one button. What is wrong is shown at its field; whether money moved is said in every case. */
import type { Cart, OrderRequest, SavedAddress } from '@meshmart/contracts'
import { Button, buttonClass, Skeleton } from '@meshmart/ui'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { Link, useNavigate } from 'react-router'
import { useSession } from '../account/session.tsx'
import { outcomeIsUnknown, ProblemAnswer } from '../api/failure.ts'
import { listAddresses, placeOrder } from '../api/shop.ts'
import { CartChanges } from '../cart/cart-changes.tsx'
import { useCart } from '../cart/cart.tsx'
import { itemsOf } from '../cart/items.ts'
import { isSameOffer } from '../cart/price-changes.ts'
import { Empty } from '../shell/empty.tsx'
import { LoadFailed, Notice, wordsFor, type NoticeWords } from '../shell/notice.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { useTexts } from '../texts/language.tsx'
import { attemptFor, settle, type Attempt } from './attempt.ts'
import { CheckoutFailure } from './checkout-failure.tsx'
import { CheckoutFields } from './checkout-fields.tsx'
import { formFields, knownTo, readForm, sortFieldErrors, type CheckoutForm, type FieldFaults } from './form.ts'
import { OrderSummary } from './order-summary.tsx'
import '../cart/cart.css'
import './checkout.css'

const emptyForm = Object.fromEntries(formFields.map((field) => [field, ''])) as CheckoutForm

export function CheckoutPage() {
  const texts = useTexts()
  const { cart, failure, reload } = useCart()
  // Once the order is placed the cart empties itself; the page leaves at the same moment and must not flash "empty".
  const [placed, setPlaced] = useState(false)
  if (cart?.lines.length === 0 && !placed) {
    return (
      <>
        <PageTitle>{texts.checkout.title}</PageTitle>
        <CartChanges />
        <Empty title={texts.checkout.emptyCart} hint={texts.cart.emptyHint}>
          <Link className={buttonClass('primary')} to="/">
            {texts.cart.browse}
          </Link>
        </Empty>
      </>
    )
  }
  return (
    <>
      <PageTitle>{texts.checkout.title}</PageTitle>
      <h1>{texts.checkout.title}</h1>
      {cart === null && failure !== null && <LoadFailed error={failure} retry={reload} />}
      {cart === null && failure === null && <Skeleton height="480px" />}
      {cart !== null && <CheckoutFormPart cart={cart} onPlaced={() => setPlaced(true)} />}
    </>
  )
}

function CheckoutFormPart({ cart, onPlaced }: { cart: Cart; onPlaced: () => void }) {
  const texts = useTexts()
  const navigate = useNavigate()
  const { becameOrder, look, reload } = useCart()
  const [form, setForm] = useState(emptyForm)
  const [faults, setFaults] = useState<FieldFaults>({})
  const [failure, setFailure] = useState<unknown>(null)
  /** Why nothing was asked for yet. */
  const [held, setHeld] = useState<NoticeWords | null>(null)
  const [placing, setPlacing] = useState(false)
  const attempt = useRef<Attempt<OrderRequest> | null>(null)
  const formElement = useRef<HTMLFormElement>(null)
  useStartWithWhatIsKnown(setForm)

  const showFaults = (next: FieldFaults) => {
    setFaults(next)
    const first = formFields.find((field) => next[field])
    formElement.current?.querySelector<HTMLElement>(`[name="${first}"]`)?.focus()
  }

  /** The offer is read once more, and nothing is ordered where it is another one than is shown. A change in the moment after that is found by the shop (`price-changed`). */
  const reasonToLookAgain = async (): Promise<NoticeWords | null> => {
    try {
      return isSameOffer(cart, await look()) ? null : texts.checkout.changed
    } catch (error) {
      return { ...wordsFor(error, texts), money: texts.failure.noMoney }
    }
  }

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (placing) return
    setFailure(null)
    setHeld(null)
    const read = readForm(form, itemsOf(cart), cart.total)
    if ('faults' in read) return showFaults(read.faults)
    setFaults({})
    setPlacing(true)
    const current = attemptFor(attempt.current, read.request, () => crypto.randomUUID())
    // What may have been ordered already is asked for again, whatever it costs by now: the answer is the order that was made.
    const isAskedAgain = current === attempt.current
    const reason = isAskedAgain ? null : await reasonToLookAgain()
    if (reason !== null) {
      setHeld(reason)
      setPlacing(false)
      return
    }
    attempt.current = current
    try {
      const order = await placeOrder(current.request, current.key)
      attempt.current = settle(current)
      becameOrder(order.id)
      onPlaced()
      await navigate(`/orders/${order.id}`, { replace: true })
    } catch (error) {
      if (!outcomeIsUnknown(error)) attempt.current = settle(current)
      if (isAboutThePrice(error)) {
        await reload()
        setHeld(texts.checkout.changed)
      } else setFailure(error)
      setPlacing(false)
      if (!(error instanceof ProblemAnswer)) return
      showFaults(sortFieldErrors(error.problem.errors ?? []).faults)
      if (error.problem.code === 'sold-out' || error.problem.code === 'unknown-sku') void reload() // so that the summary shows what is left
    }
  }

  const wrong = Object.keys(faults).length
  return (
    <form className="checkout" noValidate ref={formElement} onSubmit={submit}>
      <CheckoutFields form={form} faults={faults} change={(part) => setForm((now) => ({ ...now, ...part }))} />
      <OrderSummary cart={cart}>
        <CartChanges />
        {held !== null && <Notice words={held} />}
        {failure !== null && <CheckoutFailure error={failure} cart={cart} />}
        {wrong > 0 && failure === null && (
          <p className="checkout__fix" role="alert">
            {texts.checkout.fix(wrong)}
          </p>
        )}
        <Button type="submit" width="wide" busy={placing && texts.checkout.placing}>
          {texts.checkout.place}
        </Button>
        <p className="soft small" role="status">
          {placing ? texts.checkout.placingHint : texts.checkout.chargeNote}
        </p>
      </OrderSummary>
    </form>
  )
}

/** It costs something else than was agreed to: the same to the customer as finding that out a moment before. */
const isAboutThePrice = (error: unknown): boolean =>
  error instanceof ProblemAnswer && error.problem.code === 'price-changed'

/** Whoever is signed in need not type their e-mail and default address again. */
function useStartWithWhatIsKnown(setForm: (next: (now: CheckoutForm) => CheckoutForm) => void): void {
  const email = useSession().session?.account?.email
  useEffect(() => {
    if (email === undefined) return
    const stop = new AbortController()
    const start = (address?: SavedAddress) => {
      if (!stop.signal.aborted) setForm((now) => knownTo(now, email, address))
    }
    listAddresses(stop.signal).then(
      ({ items }) => start(items.find(({ isDefault }) => isDefault)),
      () => start(), // an address can be typed just as well
    )
    return () => stop.abort()
  }, [email, setForm])
}
