/** Goods on their way, and the next step of each: what may follow is what inventory's own tables allow. */
import type { Replenishment, Transfer } from '@meshmart/contracts'
import { Button, StatusPill, type StatusTone } from '@meshmart/ui'
import type { ReactNode } from 'react'
import { useSending } from '../../account/sending.ts'
import { useLoaded } from '../../loaded.ts'
import { Notice, wordsFor } from '../../shell/notice.tsx'
import { endReplenishment, listReplenishments, listTransfers, moveTransfer } from '../office-api.ts'
import { DataTable, Instant, Part, Typed } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'

const transferSteps = { requested: ['ship', 'cancel'], shipped: ['receive'], received: [], cancelled: [] } as const
const replenishmentSteps = { ordered: ['arrive', 'cancel'], arrived: [], cancelled: [] } as const
const tones: Record<Transfer['state'] | Replenishment['state'], StatusTone> = {
  requested: 'warn',
  shipped: 'busy',
  received: 'good',
  ordered: 'busy',
  arrived: 'good',
  cancelled: 'quiet',
}

export function Transfers() {
  const { office } = useOfficeTexts()
  const { supply, warehouses } = office
  const { loaded, reload } = useLoaded('transfers', listTransfers)
  const { busy, failure, act } = useAct(reload)
  return (
    <Shipments title={supply.transfers} failure={failure}>
      <Part loaded={loaded} reload={reload}>
        {({ items }) => (
          <ShipmentTable name={supply.transfers} isEmpty={items.length === 0}>
            {items.map((transfer) => (
              <Row
                key={transfer.id}
                shipment={transfer}
                way={supply.way(warehouses[transfer.source], warehouses[transfer.destination])}
              >
                <Steps
                  steps={transferSteps[transfer.state]}
                  busy={busy}
                  take={(step) => act(() => moveTransfer(transfer.id, step))}
                />
              </Row>
            ))}
          </ShipmentTable>
        )}
      </Part>
    </Shipments>
  )
}

export function Replenishments() {
  const { language, office } = useOfficeTexts()
  const { supply, warehouses } = office
  const { loaded, reload } = useLoaded('replenishments', listReplenishments)
  const { busy, failure, act } = useAct(reload)
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })
  return (
    <Shipments title={supply.replenishments} failure={failure}>
      <Part loaded={loaded} reload={reload}>
        {({ items }) => (
          <ShipmentTable name={supply.replenishments} isEmpty={items.length === 0}>
            {items.map((each) => (
              <Row
                key={each.id}
                shipment={each}
                way={`${warehouses[each.warehouse]}, ${supply.expected(day.format(new Date(each.expectedAt)))}`}
              >
                <Steps
                  steps={replenishmentSteps[each.state]}
                  busy={busy}
                  take={(step) => act(() => endReplenishment(each.id, step))}
                />
              </Row>
            ))}
          </ShipmentTable>
        )}
      </Part>
    </Shipments>
  )
}

function useAct(reload: () => void) {
  const { busy, failure, send } = useSending()
  const act = (work: () => Promise<unknown>): void =>
    void send(async () => {
      await work()
      reload()
    })
  return { busy, failure, act }
}

type StepName = 'ship' | 'receive' | 'arrive' | 'cancel'
type StepsProps<S> = { steps: readonly S[]; busy: boolean; take: (step: S) => void }

function Steps<S extends StepName>({ steps, busy, take }: StepsProps<S>) {
  const { supply } = useOfficeTexts().office
  return steps.map((step) => (
    <Button key={step} variant="text" disabled={busy} onClick={() => take(step)}>
      {supply[step]}
    </Button>
  ))
}

function Shipments({ title, failure, children }: { title: string; failure: unknown; children: ReactNode }) {
  const { shop } = useOfficeTexts()
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {failure !== null && <Notice words={wordsFor(failure, shop)} />}
      {children}
    </section>
  )
}

function ShipmentTable({ name, isEmpty, children }: { name: string; isEmpty: boolean; children: ReactNode }) {
  const { office } = useOfficeTexts()
  const { supply } = office
  if (isEmpty) return <p className="soft">{office.nothing}</p>
  return (
    <DataTable name={name} head={[office.when, supply.goods, office.warehouse, office.state, office.order.actions]}>
      {children}
    </DataTable>
  )
}

type RowProps = { shipment: Transfer | Replenishment; way: string; children: ReactNode }

function Row({ shipment: { createdAt, lines, note, state }, way, children }: RowProps) {
  const { supply } = useOfficeTexts().office
  return (
    <tr>
      <td>
        <Instant at={createdAt} />
      </td>
      <td>
        {lines.map(({ sku, quantity }) => (
          <span className="office__goods tabular" key={sku}>
            {quantity} × <code>{sku}</code>
          </span>
        ))}
        {note !== '' && <Typed>{note}</Typed>}
      </td>
      <td>{way}</td>
      <td>
        <StatusPill tone={tones[state]}>{supply.states[state]}</StatusPill>
      </td>
      <td>{children}</td>
    </tr>
  )
}
