import { PasswordChange } from '@meshmart/contracts'
import { Button, TextField } from '@meshmart/ui'
import { useState, type FormEvent } from 'react'
import { changePassword } from '../api/shop.ts'
import { useAnnounce } from '../shell/announcer.tsx'
import { Notice, wordsFor } from '../shell/notice.tsx'
import { useTexts } from '../texts/language.tsx'
import { useSending } from './sending.ts'

const empty: PasswordChange = { currentPassword: '', newPassword: '' }

/** A new password; whoever is signed in elsewhere is signed out by it. */
export function PasswordPart() {
  const texts = useTexts()
  const { account } = texts
  const announce = useAnnounce()
  const [values, setValues] = useState(empty)
  const { busy, failure, wrong, refuse, send } = useSending()

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const read = PasswordChange.safeParse(values)
    if (!read.success) return refuse(read.error.issues.map(({ path }) => String(path[0])))
    return send(async () => {
      await changePassword(read.data)
      setValues(empty)
      announce(account.passwordChanged)
    })
  }
  return (
    <section aria-labelledby="password-heading">
      <h2 id="password-heading">{account.changePassword}</h2>
      <p className="soft">{account.changePasswordHint}</p>
      {failure !== null && !wrong.includes('currentPassword') && <Notice words={wordsFor(failure, texts)} />}
      <form className="own__form" noValidate onSubmit={submit}>
        <TextField
          name="currentPassword"
          type="password"
          autoComplete="current-password"
          label={account.currentPassword}
          required
          value={values.currentPassword}
          error={wrong.includes('currentPassword') ? account.wrong.currentPassword : undefined}
          onChange={(event) => setValues({ ...values, currentPassword: event.target.value })}
        />
        <TextField
          name="newPassword"
          type="password"
          autoComplete="new-password"
          label={account.newPassword}
          hint={account.passwordHint}
          required
          value={values.newPassword}
          error={wrong.includes('newPassword') ? account.wrong.password : undefined}
          onChange={(event) => setValues({ ...values, newPassword: event.target.value })}
        />
        <Button type="submit" busy={busy && account.saving}>
          {account.changePassword}
        </Button>
      </form>
    </section>
  )
}
