/** Events that a service has given up: why, what stands in them, and what becomes of them. For admins alone. */
import type { DeadLetter } from '@meshmart/contracts'
import { Button } from '@meshmart/ui'
import { useRef, useState } from 'react'
import { useSending } from '../../account/sending.ts'
import { useLoaded } from '../../loaded.ts'
import { PageTitle } from '../../shell/page-title.tsx'
import { changeDeadLetter, listDeadLetters } from '../office-api.ts'
import { Instant, Outcome, Part } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'

type Act = (action: 'replay' | 'discard', sequence: number) => void

export function DeadLettersPage() {
  const { office } = useOfficeTexts()
  const words = office.deadLetters
  const { loaded, reload } = useLoaded('dead-letters', listDeadLetters)
  const { busy, failure, send } = useSending()
  const [done, setDone] = useState<string | null>(null)
  const act: Act = (action, sequence) =>
    void send(async () => {
      setDone(null)
      const { missing } = await changeDeadLetter(action, sequence)
      setDone(missing.length > 0 ? words.missing : action === 'replay' ? words.replayed : words.discarded)
      reload()
    })
  return (
    <>
      <PageTitle>{words.title}</PageTitle>
      <h1>{words.title}</h1>
      <p className="lead">{words.lead}</p>
      <Outcome failure={failure} done={done} />
      <Part loaded={loaded} reload={reload}>
        {({ letters, total }) => (
          <>
            <p className="tabular">{total === 0 ? words.none : words.total(total)}</p>
            <ul className="office__letters">
              {letters.map((letter) => (
                <Letter key={letter.sequence} letter={letter} busy={busy} act={act} />
              ))}
            </ul>
          </>
        )}
      </Part>
      <Button variant="quiet" onClick={reload}>
        {office.refresh}
      </Button>
    </>
  )
}

function Letter({ letter, busy, act }: { letter: DeadLetter; busy: boolean; act: Act }) {
  const words = useOfficeTexts().office.deadLetters
  const { sequence, at, service, subject, deliveries, reason, error, event } = letter
  const heading = `letter-${sequence}`
  return (
    <li>
      <article aria-labelledby={heading}>
        <h2 id={heading}>
          <code>
            {sequence} {subject}
          </code>
        </h2>
        <dl className="office__facts">
          <div>
            <dt>{words.service}</dt>
            <dd>
              <code>{service}</code>
            </dd>
          </div>
          <div>
            <dt>{words.event}</dt>
            <dd>
              <Instant at={at} />
            </dd>
          </div>
          <div>
            <dt>{words.tries}</dt>
            <dd>{deliveries}</dd>
          </div>
          <div>
            <dt>{words.reason}</dt>
            <dd>
              <code>
                {reason}: {error}
              </code>
            </dd>
          </div>
        </dl>
        <details>
          <summary>{words.whole}</summary>
          <pre className="office__event" tabIndex={0}>
            <code>{typeof event === 'string' ? event : JSON.stringify(event, null, 2)}</code>
          </pre>
        </details>
        <div className="row">
          <Button variant="quiet" disabled={busy} onClick={() => act('replay', sequence)}>
            {words.replay}
          </Button>
          <Discard sequence={sequence} busy={busy} act={act} />
        </div>
      </article>
    </li>
  )
}

function Discard({ sequence, busy, act }: { sequence: number; busy: boolean; act: Act }) {
  const { office } = useOfficeTexts()
  const words = office.deadLetters
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = `discard-${sequence}`
  return (
    <>
      <Button variant="text" disabled={busy} onClick={() => dialog.current?.showModal()}>
        {words.discard}
      </Button>
      <dialog className="dialog" ref={dialog} aria-labelledby={heading}>
        <h2 id={heading}>{words.discardAsk}</h2>
        <p>{words.discardHint}</p>
        <div className="row">
          <Button
            onClick={() => {
              dialog.current?.close()
              act('discard', sequence)
            }}
          >
            {words.discardYes}
          </Button>
          <Button variant="quiet" onClick={() => dialog.current?.close()}>
            {office.keep}
          </Button>
        </div>
      </dialog>
    </>
  )
}
