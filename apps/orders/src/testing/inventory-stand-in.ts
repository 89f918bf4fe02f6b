/** Inventory as its contract describes it, in memory. */
import { randomUUID } from 'node:crypto'
import { ReservationRequest, type Reservation } from '@meshmart/contracts'
import { problem, StandIn, type Reply } from './stand-in.ts'

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

  protected nameOf(method: string, path: string): string {
    if (method === 'GET') return 'describe'
    return path.split('/')[4] ?? 'reserve'
  }

  protected answer(method: string, path: string, body: unknown): Reply {
    if (method === 'GET') return this.#describe(new URL(path, 'http://x').searchParams.get('skus') ?? '')
    const [, , , id, change] = path.split('/')
    if (id === undefined) return this.#reserve(ReservationRequest.parse(body))
    const reservation = [...this.reservations.values()].find((candidate) => candidate.id === id)
    if (reservation === undefined) return problem('not-found')
    if (change === 'confirm') return this.#change(reservation, 'held', 'confirmed', change)
    if (change === 'release') return this.#release(reservation)
    return this.#change(reservation, 'confirmed', 'returned', 'return')
  }

  expire(orderId: string): void {
    const reservation = this.reservations.get(orderId)
    if (reservation) this.reservations.set(orderId, { ...reservation, state: 'expired' })
  }

  #reserve({ orderId, lines }: ReservationRequest): Reply {
    const known = this.reservations.get(orderId)
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
    this.#keep(reservation, 'reserve', -1)
    return { status: 201, body: reservation }
  }

  /** An expired reservation holds nothing any more; releasing it ends it for good. */
  #release(reservation: Reservation): Reply {
    if (reservation.state !== 'expired') return this.#change(reservation, 'held', 'released', 'release')
    const after: Reservation = { ...reservation, state: 'released' }
    this.reservations.set(reservation.orderId, after)
    return { status: 200, body: after }
  }

  #change(reservation: Reservation, from: Reservation['state'], to: Reservation['state'], act: string): Reply {
    if (reservation.state === to) return { status: 200, body: reservation }
    if (reservation.state !== from) return problem('wrong-state')
    const after = { ...reservation, state: to }
    this.#keep(after, act, act === 'confirm' ? 0 : 1)
    return { status: 200, body: after }
  }

  #keep(reservation: Reservation, act: string, sign: number): void {
    this.reservations.set(reservation.orderId, reservation)
    this.effects.push({ act, orderId: reservation.orderId })
    for (const { sku, quantity } of reservation.lines) this.stock.set(sku, (this.stock.get(sku) ?? 0) + sign * quantity)
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
