/** One order as staff see it: what happened and why, where its saga stands, and what can be done. */
import { formatMoney, type StaffOrder } from '@meshmart/contracts'
import { Button, StatusPill } from '@meshmart/ui'
import { Link, useParams } from 'react-router'
import { isNotThere } from '../../api/failure.ts'
import { useLoaded } from '../../loaded.ts'
import { shortId, toneOf } from '../../order/progress.ts'
import { Empty } from '../../shell/empty.tsx'
import { PageTitle } from '../../shell/page-title.tsx'
import { inspectOrder } from '../office-api.ts'
import { DataTable, Fact, Instant, Part, Typed } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { OrderActions } from './order-actions.tsx'
import { Timeline } from './timeline-view.tsx'

export function StaffOrderPage() {
  const { id = '' } = useParams()
  const { office, shop } = useOfficeTexts()
  const { loaded, reload, set } = useLoaded(id, (signal) => inspectOrder(id, signal))
  if (loaded.state === 'failed' && isNotThere(loaded.error)) {
    return (
      <>
        <PageTitle>{shop.order.gone}</PageTitle>
        <Empty title={shop.order.gone} hint={office.order.goneHint}>
          <Link to="/admin/orders">{office.orders.title}</Link>
        </Empty>
      </>
    )
  }
  const name = shop.order.number(shortId(id))
  return (
    <>
      <PageTitle>{name}</PageTitle>
      <h1>{name}</h1>
      <Part loaded={loaded} reload={reload}>
        {(found) => (
          <>
            <Facts found={found} />
            <OrderActions found={found} onChange={set} />
            <Timeline found={found} />
            <Saga found={found} />
            <Lines found={found} />
          </>
        )}
      </Part>
      <Button variant="quiet" onClick={reload}>
        {office.refresh}
      </Button>
    </>
  )
}

function Facts({ found: { order, customer } }: { found: StaffOrder }) {
  const { language, office, shop } = useOfficeTexts()
  return (
    <section>
      <p role="status">
        <StatusPill tone={toneOf(order.state)}>{shop.order.state[order.state]}</StatusPill>
      </p>
      <dl className="office__facts">
        <Fact name={office.orders.total}>{formatMoney(order.total, language)}</Fact>
        <Fact name={office.when}>
          <Instant at={order.createdAt} />
        </Fact>
        <Fact name={shop.order.contact}>
          <Typed>{order.email}</Typed>
        </Fact>
        <Fact name={shop.order.card}>{shop.order.paidWith(order.card.brand, order.card.last4)}</Fact>
        <Fact name={office.orders.customer}>
          <code>{customer}</code>
        </Fact>
      </dl>
    </section>
  )
}

function Saga({ found: { saga } }: { found: StaffOrder }) {
  const { office } = useOfficeTexts()
  const words = office.order
  return (
    <section aria-labelledby="saga-heading">
      <h2 id="saga-heading">{words.saga}</h2>
      <dl className="office__facts">
        <Fact name={words.step}>{saga.step === null ? words.noStep : words.steps[saga.step]}</Fact>
        <Fact name={words.attempts}>{saga.attempts}</Fact>
        {saga.finishedAt === null && (
          <Fact name={words.due}>
            <Instant at={saga.dueAt} />
          </Fact>
        )}
        <Fact name={words.worker}>{saga.claimedBy === null ? words.nobody : <code>{saga.claimedBy}</code>}</Fact>
        <Fact name={words.finished}>
          {saga.finishedAt === null ? words.notFinished : <Instant at={saga.finishedAt} />}
        </Fact>
        <Fact name={words.reservation}>
          <code>{saga.reservationId ?? '–'}</code>
        </Fact>
        <Fact name={words.payment}>
          <code>{saga.paymentId ?? '–'}</code>
        </Fact>
      </dl>
    </section>
  )
}

function Lines({ found: { order } }: { found: StaffOrder }) {
  const { language, office, shop } = useOfficeTexts()
  const head = [office.product, office.quantity, office.order.refunded, office.products.price, shop.order.total]
  return (
    <section aria-labelledby="lines-heading">
      <h2 id="lines-heading">{office.order.lines}</h2>
      <DataTable name={office.order.lines} head={head}>
        {order.lines.map((line) => (
          <tr key={line.sku}>
            <td>
              <Link to={`/admin/products/${encodeURIComponent(line.sku)}`}>{line.name[language]}</Link>
            </td>
            <td className="tabular">{line.quantity}</td>
            <td className="tabular">{line.returned}</td>
            <td className="tabular">{formatMoney(line.unitPrice, language)}</td>
            <td className="tabular">{formatMoney(line.lineTotal, language)}</td>
          </tr>
        ))}
      </DataTable>
    </section>
  )
}
