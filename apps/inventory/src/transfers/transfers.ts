/** Transfer orders between the warehouses. What each step allows and moves is the table in domain/transfer-states.ts. */
import { type Transfer, type TransferRequest, sellingWarehouses } from '@meshmart/contracts'
import {
  CLOCK,
  type Clock,
  Database,
  type FieldProblem,
  ProblemException,
  type Transaction,
} from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import {
  decideTransfer,
  initialTransferState,
  type TransferAction,
  type TransferTransition,
} from '../domain/transfer-states.ts'
import { changesOf } from '../domain/stock-events.ts'
import { insertDocument, insertMovements } from '../persistence/movement-rows.ts'
import { knownSkus } from '../persistence/product-rows.ts'
import { type LockedStock, lockStock } from '../persistence/stock-rows.ts'
import { stockTransactionMs } from '../persistence/transaction.ts'
import { changeTransferState, insertTransfer, lockTransfer, readTransfers } from '../persistence/transfer-rows.ts'
import { unknownSkus } from '../reservation/line-problems.ts'
import { StockNews } from '../stock/stock-news.ts'

@Injectable()
export class Transfers {
  constructor(
    private readonly database: Database,
    private readonly news: StockNews,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Idempotent by `id`. Throws ProblemException `unknown-sku`, and `idempotency-key-reused` where the id stands for another transfer. */
  async request(
    actor: string,
    { id, source, destination, note, lines }: TransferRequest,
  ): Promise<{ transfer: Transfer; created: boolean }> {
    const at = this.clock.now()
    return this.database.transaction(async (tx) => {
      if (!(await insertDocument(tx, { id, kind: 'transfer', actor, note, at }))) {
        return { transfer: await earlier(tx, { id, source, destination, note, lines }), created: false }
      }
      const errors = unknownSkus(lines, await knownSkus(tx, lines))
      if (errors.length > 0) throw new ProblemException('unknown-sku', { errors })
      await insertTransfer(tx, { id, source, destination, lines }, initialTransferState, at)
      return { transfer: (await lockTransfer(tx, id))!, created: true }
    }, stockTransactionMs)
  }

  /** Idempotent. Throws ProblemException `not-found`, `wrong-state`, and `not-enough-stock` where the source has not as much free. */
  async act(id: string, action: TransferAction): Promise<Transfer> {
    return this.database.transaction(async (tx) => {
      const transfer = await lockTransfer(tx, id)
      if (!transfer) throw new ProblemException('not-found')
      const transition = decideTransfer(transfer.state, action)
      if (transition === 'forbidden') {
        throw new ProblemException('wrong-state', { detail: `a transfer that is ${transfer.state} cannot ${action}` })
      }
      if (transition === 'done') return transfer
      const at = this.clock.now()
      await this.#move(tx, transfer, transition.moves, at)
      await changeTransferState(tx, id, transition.to, at)
      return { ...transfer, state: transition.to, updatedAt: at.toISOString() }
    }, stockTransactionMs)
  }

  find(id: string): Promise<Transfer | undefined> {
    return readTransfers(this.database, { id, limit: 1 }).then(([transfer]) => transfer)
  }

  list(state: Transfer['state'] | undefined, limit: number): Promise<Transfer[]> {
    return readTransfers(this.database, { state, limit })
  }

  async #move(tx: Transaction, transfer: Transfer, moves: TransferTransition['moves'], at: Date): Promise<void> {
    if (moves === null) return
    const place = { source: transfer.source, transit: 'transit', destination: transfer.destination }
    const stock = await lockStock(tx, transfer.lines)
    if (moves.out === 'source') refuseMissing(transfer, stock)
    const movements = transfer.lines.flatMap(({ sku, quantity }) => [
      { sku, warehouse: place[moves.out], kind: moves.kind, quantity: -quantity },
      { sku, warehouse: place[moves.into], kind: moves.kind, quantity },
    ])
    await insertMovements(tx, transfer.id, movements, at)
    const sells = (warehouse: string): boolean => sellingWarehouses.some((each) => each === warehouse)
    const factor = Number(sells(place[moves.into])) - Number(sells(place[moves.out]))
    const changes = new Map(transfer.lines.map(({ sku, quantity }) => [sku, quantity * factor]))
    await this.news.tell(tx, changesOf(stock, changes, factor < 0 ? 'transfer-shipped' : 'transfer-received'))
  }
}

async function earlier(tx: Transaction, request: TransferRequest): Promise<Transfer> {
  const transfer = await lockTransfer(tx, request.id)
  const same =
    transfer?.source === request.source &&
    transfer.destination === request.destination &&
    JSON.stringify(transfer.lines.map(({ sku, quantity }) => [sku, quantity])) ===
      JSON.stringify(request.lines.map(({ sku, quantity }) => [sku, quantity]))
  if (!transfer || !same) {
    throw new ProblemException('idempotency-key-reused', { detail: `${request.id} stands for something else already` })
  }
  return transfer
}

function refuseMissing({ source, lines }: Transfer, stock: ReadonlyMap<string, LockedStock>): void {
  const errors = lines.flatMap(({ sku, quantity }, index): FieldProblem[] => {
    const free = stock.get(sku)?.places.find(({ warehouse }) => warehouse === source)?.available ?? 0
    return free < quantity ? [{ field: `lines.${index}.quantity`, code: 'not-enough-stock' }] : []
  })
  if (errors.length > 0) throw new ProblemException('not-enough-stock', { errors })
}
