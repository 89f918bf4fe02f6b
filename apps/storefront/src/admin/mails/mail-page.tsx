/** One e-mail, always as text: whoever wrote it may have put anything into it, so no part of it becomes a part of the page. */
import type { MailboxDetail } from '@meshmart/contracts'
import { StatusPill } from '@meshmart/ui'
import { Link, useParams } from 'react-router'
import { isNotThere } from '../../api/failure.ts'
import { useLoaded } from '../../loaded.ts'
import { Empty } from '../../shell/empty.tsx'
import { PageTitle } from '../../shell/page-title.tsx'
import { getMail } from '../office-api.ts'
import { Fact, Instant, Part, Typed } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { Subject } from './subject.tsx'

export function MailPage() {
  const { id = '' } = useParams()
  const { office } = useOfficeTexts()
  const words = office.mails
  const { loaded, reload } = useLoaded(id, (signal) => getMail(id, signal))
  if (loaded.state === 'failed' && isNotThere(loaded.error)) {
    return (
      <>
        <PageTitle>{words.gone}</PageTitle>
        <Empty title={words.gone} hint={words.goneHint}>
          <Link to="/admin/mails">{words.title}</Link>
        </Empty>
      </>
    )
  }
  const name = words.number(id)
  return (
    <>
      <PageTitle>{name}</PageTitle>
      <h1>{name}</h1>
      <Part loaded={loaded} reload={reload}>
        {(mail) => (
          <>
            <Envelope mail={mail} />
            <Contents mail={mail} />
          </>
        )}
      </Part>
    </>
  )
}

function Envelope({ mail: { subject, from, to, receivedAt, messageId, copies } }: { mail: MailboxDetail }) {
  const words = useOfficeTexts().office.mails
  return (
    <dl className="office__facts">
      <Fact name={words.subject}>
        <Subject>{subject}</Subject>
      </Fact>
      <Fact name={words.from}>
        <Typed>{from}</Typed>
      </Fact>
      <Fact name={words.to}>
        <Typed>{to.join(', ')}</Typed>
      </Fact>
      <Fact name={words.received}>
        <Instant at={receivedAt} />
      </Fact>
      <Fact name={words.messageId}>
        <code>{messageId}</code>
      </Fact>
      {copies > 1 && (
        <Fact name={words.sentAgain}>
          <StatusPill tone="warn">{words.copies(copies)}</StatusPill>
        </Fact>
      )}
    </dl>
  )
}

function Contents({ mail: { text, source } }: { mail: MailboxDetail }) {
  const words = useOfficeTexts().office.mails
  return (
    <section aria-labelledby="mail-text">
      <h2 id="mail-text">{words.text}</h2>
      {text === null ? (
        <p className="soft">{words.noText}</p>
      ) : (
        <p className="office__mail" lang="">
          {text}
        </p>
      )}
      <details>
        <summary>{words.source}</summary>
        <pre className="office__event" tabIndex={0}>
          <code>{source}</code>
        </pre>
      </details>
    </section>
  )
}
