/** Inventory as its contract describes it, in memory. */
import { randomUUID } from 'node:crypto'
import { ReservationEnd, ReservationRequest, ReservationReturn, type Reservation } from '@meshmart/contracts'
import { problem, StandIn, type Reply } from './stand-in.ts'

const ENDS = '/v1/reservations/ends'
const euros = (amount: number) => ({ amount, currency: 'EUR' })

export class InventoryStandIn extends StandIn {
  readonly stock = new Map([
    ['MUG-DAWN', 1_000],
    ['LAMP-REED', 1_000],
    ['RARE-ONE', 0],
  ])
  readonly prices = new Map([
    ['MUG-DAWN', 1_450],
    ['LAMP-REED', 8_900],
    ['RARE-ONE', 5_000],
  ])
  readonly reservations = new Map<string, Reservation>()
  /** Pieces that came back, by the return that brought them. */
  readonly returns = new Map<string, { reservationId: string; lines: ReservationReturn['lines'] }>()

  protected nameOf(method: string, path: string): string {
    if (method === 'GET') return 'describe'
    if (path === ENDS) return 'end'
    return path.split('/')[4] ?? 'reserve'
  }

  protected answer(method: string, path: string, body: unknown): Reply {
    if (method === 'GET') return this.#describe(new URL(path, 'http://x').searchParams.get('skus') ?? '')
    if (path === ENDS) return this.#end(ReservationEnd.parse(body).orderId)
    const [, , , id, change] = path.split('/')
    if (id === undefined) return this.#reserve(ReservationRequest.parse(body))
    const reservation = [...this.reservations.values()].find((candidate) => candidate.id === id)
    if (reservation === undefined) return problem('not-found')
    return change === 'confirm'
      ? this.#confirm(reservation)
      : this.#takeBack(reservation, ReservationReturn.parse(body))
  }

  expire(orderId: string): void {
    const reservation = this.reservations.get(orderId)
    if (reservation) this.reservations.set(orderId, { ...reservation, state: 'expired' })
  }

  #reserve({ orderId, lines }: ReservationRequest): Reply {
    const known = this.reservations.get(orderId)
    if (known?.lines.length === 0) return problem('wrong-state')
    if (known) return { status: 200, body: known }
    const blame = (code: string, part: string, wrong: (line: { sku: string; quantity: number }) => boolean) =>
      lines.flatMap((line, index) => (wrong(line) ? [{ field: `lines.${index}.${part}`, code }] : []))
    const unknown = blame('unknown-sku', 'sku', ({ sku }) => !this.stock.has(sku))
    if (unknown.length > 0) return problem('unknown-sku', unknown)
    const short = blame('sold-out', 'quantity', ({ sku, quantity }) => (this.stock.get(sku) ?? 0) < quantity)
    if (short.length > 0) return problem('sold-out', short)
    const reservation: Reservation = {
      id: randomUUID(),
      orderId,
      state: 'held',
      lines: lines.map((line) => ({ ...line, ...this.#product(line.sku) })),
      expiresAt: new Date(Date.now() + 900_000).toISOString(),
    }
    for (const { sku, quantity } of lines) this.#restock(sku, -quantity)
    return { ...this.#become(reservation, 'held', 'reserve'), status: 201 }
  }

  #confirm(reservation: Reservation): Reply {
    if (reservation.state === 'confirmed') return { status: 200, body: reservation }
    if (reservation.state !== 'held') return problem('wrong-state')
    return this.#become(reservation, 'confirmed', 'confirm')
  }

  /** Whatever it is, it holds nothing afterwards; and an order that has none gets none any more. */
  #end(orderId: string): Reply {
    const reservation = this.reservations.get(orderId)
    if (reservation === undefined) {
      const expiresAt = new Date().toISOString()
      const ended: Reservation = { id: randomUUID(), orderId, state: 'released', lines: [], expiresAt }
      this.reservations.set(orderId, ended)
      return { status: 200, body: ended }
    }
    if (reservation.state === 'released' || reservation.state === 'returned') return { status: 200, body: reservation }
    if (reservation.state === 'expired') return this.#become(reservation, 'released', null)
    if (reservation.state === 'held') return this.#giveBack(reservation, 'released', 'release')
    return this.#giveBack(reservation, 'returned', 'return')
  }

  #takeBack(reservation: Reservation, { id, lines }: ReservationReturn): Reply {
    if (this.returns.has(id)) return { status: 200, body: reservation }
    if (reservation.state !== 'confirmed') return problem('wrong-state')
    const out = this.#out(reservation)
    if (lines.some(({ sku, quantity }) => quantity > (out.get(sku) ?? 0))) return problem('return-exceeds-kept')
    this.returns.set(id, { reservationId: reservation.id, lines })
    for (const { sku, quantity } of lines) this.#restock(sku, quantity)
    const left = [...this.#out(reservation).values()].some((quantity) => quantity > 0)
    return this.#become(reservation, left ? 'confirmed' : 'returned', 'take-back')
  }

  /** Sold and not back yet, by SKU. */
  #out(reservation: Reservation): Map<string, number> {
    const out = new Map(reservation.lines.map(({ sku, quantity }) => [sku, quantity]))
    for (const { reservationId, lines } of this.returns.values())
      if (reservationId === reservation.id)
        for (const { sku, quantity } of lines) out.set(sku, (out.get(sku) ?? 0) - quantity)
    return out
  }

  #giveBack(reservation: Reservation, state: Reservation['state'], act: string): Reply {
    for (const [sku, quantity] of this.#out(reservation)) this.#restock(sku, quantity)
    return this.#become(reservation, state, act)
  }

  #become(reservation: Reservation, state: Reservation['state'], act: string | null): Reply {
    const after = { ...reservation, state }
    this.reservations.set(reservation.orderId, after)
    if (act !== null) this.effects.push({ act, orderId: reservation.orderId })
    return { status: 200, body: after }
  }

  #restock(sku: string, quantity: number): void {
    this.stock.set(sku, (this.stock.get(sku) ?? 0) + quantity)
  }

  #product(sku: string) {
    return { name: { en: `The ${sku}`, 'zh-CN': `商品 ${sku}` }, unitPrice: euros(this.prices.get(sku) ?? 100) }
  }

  #describe(skus: string): Reply {
    const items = skus
      .split(',')
      .filter((sku) => this.stock.has(sku))
      .map((sku) => ({
        sku,
        name: this.#product(sku).name,
        description: this.#product(sku).name,
        category: 'kitchen',
        price: this.#product(sku).unitPrice,
        picture: `/pictures/${sku}.svg`,
        stock: { available: this.stock.get(sku) ?? 0, level: 'in-stock' },
      }))
    return { status: 200, body: { items, nextCursor: null } }
  }
}
