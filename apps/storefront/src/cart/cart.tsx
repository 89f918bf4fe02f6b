/**
 * The cart as the server last told it. The server keeps it with the session, so it is the same in every tab; changes go one after the other,
 * each from the newest state, so that fast presses lose nothing.
 */
import type { Cart, CartItem, Order } from '@meshmart/contracts'
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { useSession } from '../account/session.tsx'
import type { Answer } from '../api/client.ts'
import { hasChangedMeanwhile } from '../api/failure.ts'
import { getCart, putCart } from '../api/shop.ts'
import { itemsOf, quantityOf, withQuantity } from './items.ts'
import {
  priceChanges,
  pricesOf,
  readPrices,
  shownWith,
  writePrices,
  type PriceChange,
  type ShownPrices,
} from './price-changes.ts'

const PRICES_KEY = 'meshmart.prices'

type CartStore = {
  /** null until the first answer. */
  cart: Cart | null
  /** Why the cart could not be read. */
  failure: unknown
  reload: () => Promise<void>
  /** Reads the cart now. Throws where it cannot be read. */
  look: () => Promise<Cart>
  /** Prices that have changed since the owner of the cart last saw them. */
  changes: readonly PriceChange[]
  /** The owner has seen what has changed: the prices of now are theirs, and what is no longer sold leaves the cart. */
  agree: () => Promise<void>
  add: (sku: string, quantity: number) => Promise<void>
  setQuantity: (sku: string, quantity: number) => Promise<void>
  /** Remembers the order that the cart became; `settled` reads the cart anew once that order is confirmed. */
  becameOrder: (orderId: string) => void
  settled: (order: Order) => void
}

const CartContext = createContext<CartStore | null>(null)

export function CartProvider({ children }: { children: ReactNode }) {
  const { session } = useSession()
  const [cart, setCart] = useState<Cart | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const [shown, setShown] = useState<ShownPrices>(() => readPrices(localStorage.getItem(PRICES_KEY)))
  const newest = useRef<Answer<Cart> | null>(null)
  const queue = useRef<Promise<unknown>>(Promise.resolve())
  const ordered = useRef<string | null>(null)

  const inTurn = useCallback((work: () => Promise<Answer<Cart>>): Promise<void> => {
    const done = queue.current.then(work).then((next) => {
      newest.current = next
      setCart(next.value)
      setShown((before) => shownWith(next.value, before))
      setFailure(null)
    })
    queue.current = done.catch(() => undefined) // whoever asked gets the failure; the next in turn starts afresh
    return done
  }, [])

  const reload = useCallback(() => inTurn(getCart).catch(setFailure), [inTurn])

  // Signing in or out can change whose cart it is.
  const owner = session?.account?.id
  useEffect(() => void reload(), [reload, owner])

  useEffect(() => {
    if (cart !== null) localStorage.setItem(PRICES_KEY, writePrices(shown))
  }, [cart, shown])

  const store = useMemo<CartStore>(() => {
    const change = (sku: string, quantity: (now: number) => number) =>
      inTurn(() => changed(newest.current, (now) => withQuantity(itemsOf(now), sku, quantity(quantityOf(now, sku)))))
    return {
      cart,
      failure,
      reload,
      look: async () => {
        await inTurn(getCart)
        return newest.current!.value
      },
      changes: cart === null ? [] : priceChanges(cart, shown),
      agree: async () => {
        if (cart === null) return
        setShown(pricesOf(cart))
        if (cart.gone.length > 0) await inTurn(() => changed(newest.current, itemsOf))
      },
      add: (sku, quantity) => change(sku, (now) => now + quantity),
      setQuantity: (sku, quantity) => change(sku, () => quantity),
      becameOrder: (orderId) => {
        ordered.current = orderId
      },
      settled: (order) => {
        if (order.state !== 'confirmed' || ordered.current !== order.id) return
        ordered.current = null
        void untilTakenOut(order, reload, () => newest.current?.value ?? null)
      },
    }
  }, [cart, failure, shown, reload, inTurn])

  return <CartContext value={store}>{children}</CartContext>
}

export function useCart(): CartStore {
  const store = use(CartContext)
  if (store === null) throw new Error('useCart needs a CartProvider above it')
  return store
}

/** Another tab may have changed the cart since `seen`: then the change is made once more, from what is there now. */
async function changed(seen: Answer<Cart> | null, next: (now: Cart) => CartItem[]): Promise<Answer<Cart>> {
  for (let now = seen ?? (await getCart()), tries = 1; ; tries++) {
    try {
      return await putCart(next(now.value), now.entityTag)
    } catch (error) {
      if (tries === 3 || !hasChangedMeanwhile(error)) throw error
      now = await getCart()
    }
  }
}

/** The gateway takes what was bought out of the cart when it hears of it, a moment after the order is confirmed: looks a few times. */
async function untilTakenOut(order: Order, reload: () => Promise<void>, cart: () => Cart | null): Promise<void> {
  const before = JSON.stringify(itemsOf(cart()))
  for (const pauseMs of [0, 300, 700, 1500, 3000]) {
    await new Promise((resume) => setTimeout(resume, pauseMs))
    await reload()
    if (JSON.stringify(itemsOf(cart())) !== before || order.lines.every(({ sku }) => quantityOf(cart(), sku) === 0))
      return
  }
}
