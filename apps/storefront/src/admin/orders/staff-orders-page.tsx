/** Orders of all customers: found by what a customer can say on the telephone, or by the state that they are in. */
import { formatMoney, orderStates, StaffOrderFilter, type StaffOrderRow } from '@meshmart/contracts'
import { Button, SelectField, StatusPill, TextField } from '@meshmart/ui'
import { useState, type FormEvent } from 'react'
import { Link, useSearchParams } from 'react-router'
import { ProblemAnswer } from '../../api/failure.ts'
import { useLoaded } from '../../loaded.ts'
import { shortId, toneOf } from '../../order/progress.ts'
import { Notice, wordsFor } from '../../shell/notice.tsx'
import { PageTitle } from '../../shell/page-title.tsx'
import { findOrders } from '../office-api.ts'
import { DataTable, Instant, Part, Typed, useMore } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'

export function StaffOrdersPage() {
  const { office, shop } = useOfficeTexts()
  const [parameters, setParameters] = useSearchParams()
  const search = parameters.get('search') ?? ''
  const state = StaffOrderFilter.safeParse(parameters.get('state')).data ?? null
  const { loaded, reload, set } = useLoaded(`${state} ${search}`, (signal) => findOrders({ state, search }, signal))
  const more = useMore(loaded.state === 'ready' ? loaded.value : null, set, (cursor) =>
    findOrders({ state, search, cursor }),
  )
  const find = (next: { search: string; state: string }) =>
    setParameters({ ...(next.search && { search: next.search }), ...(next.state && { state: next.state }) })
  const refused =
    loaded.state === 'failed' && loaded.error instanceof ProblemAnswer && loaded.error.problem.status === 400
  return (
    <>
      <PageTitle>{office.orders.title}</PageTitle>
      <h1>{office.orders.title}</h1>
      <SearchForm key={search} search={search} state={state ?? ''} wrong={refused} find={find} />
      {!refused && (
        <Part loaded={loaded} reload={reload}>
          {({ items }) => (
            <>
              <p role="status">{items.length === 0 ? office.orders.none : office.orders.listed(items.length)}</p>
              {items.length > 0 && <OrderTable items={items} />}
            </>
          )}
        </Part>
      )}
      {more.failure !== null && <Notice words={wordsFor(more.failure, shop)} />}
      {more.isMore && (
        <Button variant="quiet" busy={more.busy && shop.shop.loading} onClick={() => void more.more()}>
          {office.more}
        </Button>
      )}
    </>
  )
}

type SearchFormProps = {
  search: string
  state: string
  wrong: boolean
  find: (next: { search: string; state: string }) => void
}

function SearchForm({ search, state, wrong, find }: SearchFormProps) {
  const { office, shop } = useOfficeTexts()
  const [typed, setTyped] = useState(search)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    find({ search: typed.trim(), state })
  }
  return (
    <form className="office__filters" role="search" onSubmit={submit}>
      <TextField
        label={office.orders.search}
        hint={office.orders.searchHint}
        error={wrong ? office.orders.searchWrong : undefined}
        type="search"
        maxLength={254}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <SelectField
        label={office.state}
        value={state}
        onChange={(event) => find({ search: typed.trim(), state: event.target.value })}
      >
        <option value="">{office.orders.everything}</option>
        <option value="open">{office.orders.open}</option>
        {orderStates.map((each) => (
          <option key={each} value={each}>
            {shop.order.state[each]}
          </option>
        ))}
      </SelectField>
      <Button type="submit">{office.orders.find}</Button>
    </form>
  )
}

function OrderTable({ items }: { items: readonly StaffOrderRow[] }) {
  const { language, office, shop } = useOfficeTexts()
  const head = [office.orders.title, office.when, office.orders.customer, office.state, office.orders.total]
  return (
    <DataTable name={office.orders.title} head={head}>
      {items.map((row) => (
        <tr key={row.id}>
          <td>
            <Link to={`/admin/orders/${row.id}`}>{shop.order.number(shortId(row.id))}</Link>
          </td>
          <td>
            <Instant at={row.createdAt} />
          </td>
          <td>
            <Typed>{row.email}</Typed>
          </td>
          <td>
            <StatusPill tone={toneOf(row.state)}>{shop.order.state[row.state]}</StatusPill>
            {!row.settled && row.attempts > 0 && (
              <span className="soft small"> {office.orders.attempts(row.attempts)}</span>
            )}
          </td>
          <td className="tabular">{formatMoney(row.total, language)}</td>
        </tr>
      ))}
    </DataTable>
  )
}
