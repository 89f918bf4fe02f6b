/** What the shop keeps about somebody: to take along as a file, or to have deleted. Deleting asks for the password and says what stays. */
import { Button, buttonClass, TextField } from '@meshmart/ui'
import { useRef, useState, type FormEvent } from 'react'
import { useNavigate } from 'react-router'
import { accountExportPath, deleteAccount } from '../api/shop.ts'
import { useAnnounce } from '../shell/announcer.tsx'
import { Notice, wordsFor } from '../shell/notice.tsx'
import { useTexts } from '../texts/language.tsx'
import { useSending } from './sending.ts'
import { useSession } from './session.tsx'

export function OwnData() {
  const texts = useTexts()
  const { account } = texts
  const announce = useAnnounce()
  const navigate = useNavigate()
  const { became } = useSession()
  const dialog = useRef<HTMLDialogElement>(null)
  const [password, setPassword] = useState('')
  const { busy, failure, wrong, send } = useSending()

  const submit = (event: FormEvent) => {
    event.preventDefault()
    return send(async () => {
      await deleteAccount(password)
      dialog.current?.close()
      await navigate('/', { replace: true })
      became(null)
      announce(account.deleted)
    })
  }
  return (
    <section aria-labelledby="data-heading">
      <h2 id="data-heading">{account.data}</h2>
      <p className="soft">{account.dataHint}</p>
      <div className="row">
        <a className={buttonClass('quiet')} href={accountExportPath} download>
          {account.download}
        </a>
        <Button variant="quiet" onClick={() => dialog.current?.showModal()}>
          {account.delete}
        </Button>
      </div>
      <dialog className="dialog" ref={dialog} aria-labelledby="delete-heading" aria-describedby="delete-hint">
        <h2 id="delete-heading">{account.deleteAsk}</h2>
        <p id="delete-hint">{account.deleteHint}</p>
        {failure !== null && !wrong.includes('password') && <Notice words={wordsFor(failure, texts)} />}
        <form className="own__form" noValidate onSubmit={submit}>
          <TextField
            name="password"
            type="password"
            autoComplete="current-password"
            label={account.password}
            required
            value={password}
            error={wrong.includes('password') ? account.wrong.currentPassword : undefined}
            onChange={(event) => setPassword(event.target.value)}
          />
          <div className="row">
            <Button type="submit" busy={busy && account.deleting}>
              {account.deleteYes}
            </Button>
            <Button variant="quiet" onClick={() => dialog.current?.close()}>
              {account.deleteNo}
            </Button>
          </div>
        </form>
      </dialog>
    </section>
  )
}
