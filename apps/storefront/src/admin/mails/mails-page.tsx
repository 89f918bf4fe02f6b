/** What the shop has told people by e-mail, as the demo's mailbox has received it. A shop that sends into the world has none, and says so. */
import type { MailboxEntry } from '@meshmart/contracts'
import { Button, StatusPill } from '@meshmart/ui'
import { Link } from 'react-router'
import { isNotThere } from '../../api/failure.ts'
import { useLoaded } from '../../loaded.ts'
import { Empty } from '../../shell/empty.tsx'
import { Notice, wordsFor } from '../../shell/notice.tsx'
import { PageTitle } from '../../shell/page-title.tsx'
import { listMails } from '../office-api.ts'
import { DataTable, Instant, Part, Typed, useMore } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { Subject } from './subject.tsx'

export function MailsPage() {
  const { office, shop } = useOfficeTexts()
  const words = office.mails
  const { loaded, reload, set } = useLoaded('mails', (signal) => listMails(null, signal))
  const more = useMore(loaded.state === 'ready' ? loaded.value : null, set, (cursor) => listMails(cursor))
  if (loaded.state === 'failed' && isNotThere(loaded.error)) {
    return (
      <>
        <PageTitle>{words.title}</PageTitle>
        <Empty title={words.noMailbox} hint={words.noMailboxHint}>
          <Link to="/admin">{office.pages.overview}</Link>
        </Empty>
      </>
    )
  }
  return (
    <>
      <PageTitle>{words.title}</PageTitle>
      <h1>{words.title}</h1>
      <p className="lead">{words.lead}</p>
      <Part loaded={loaded} reload={reload}>
        {({ items }) => (
          <>
            <p role="status">{items.length === 0 ? words.none : words.listed(items.length)}</p>
            {items.length > 0 && <MailTable items={items} />}
          </>
        )}
      </Part>
      {more.failure !== null && <Notice words={wordsFor(more.failure, shop)} />}
      <div className="row">
        {more.isMore && (
          <Button variant="quiet" busy={more.busy && shop.shop.loading} onClick={() => void more.more()}>
            {office.more}
          </Button>
        )}
        <Button variant="quiet" onClick={reload}>
          {office.refresh}
        </Button>
      </div>
    </>
  )
}

function MailTable({ items }: { items: readonly MailboxEntry[] }) {
  const { office } = useOfficeTexts()
  const words = office.mails
  return (
    <DataTable name={words.title} head={[words.subject, words.to, office.when]}>
      {items.map(({ id, subject, to, receivedAt, copies }) => (
        <tr key={id}>
          <td>
            <Link to={`/admin/mails/${id}`}>
              <Subject>{subject}</Subject>
            </Link>
            {copies > 1 && (
              <>
                {' '}
                <StatusPill tone="warn">{words.copies(copies)}</StatusPill>
              </>
            )}
          </td>
          <td>
            <Typed>{to.join(', ')}</Typed>
          </td>
          <td>
            <Instant at={receivedAt} />
          </td>
        </tr>
      ))}
    </DataTable>
  )
}
