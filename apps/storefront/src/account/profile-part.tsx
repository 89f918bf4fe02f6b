/** Who one is to the shop. The change is made from the account as it was read: what another tab changed since is shown instead of overwritten. */
import { ProfileUpdate, type Account } from '@meshmart/contracts'
import { Button, TextField } from '@meshmart/ui'
import { useState, type FormEvent } from 'react'
import { hasChangedMeanwhile } from '../api/failure.ts'
import { getAccount, rename } from '../api/shop.ts'
import { useLoaded } from '../loaded.ts'
import { useAnnounce } from '../shell/announcer.tsx'
import { Notice, wordsFor } from '../shell/notice.tsx'
import { useTexts } from '../texts/language.tsx'
import { useSending } from './sending.ts'
import { useSession } from './session.tsx'

export function ProfilePart({ account }: { account: Account }) {
  const texts = useTexts()
  const announce = useAnnounce()
  const { became } = useSession()
  const { loaded, set, reload } = useLoaded(`account ${account.id}`, getAccount)
  const [name, setName] = useState(account.name)
  const { busy, failure, wrong, refuse, send } = useSending()

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const read = ProfileUpdate.safeParse({ name })
    if (!read.success) return refuse(['name'])
    return send(async () => {
      try {
        const changed = await rename(read.data.name, loaded.state === 'ready' ? loaded.value.entityTag : null)
        set(changed)
        became(changed.value)
        announce(texts.account.saved)
      } catch (error) {
        if (hasChangedMeanwhile(error)) reload()
        throw error
      }
    })
  }
  return (
    <section aria-labelledby="profile-heading">
      <h2 id="profile-heading">{texts.account.profile}</h2>
      <p className="soft">{account.email}</p>
      {failure !== null && <Notice words={wordsFor(failure, texts)} />}
      <form className="own__form" noValidate onSubmit={submit}>
        <TextField
          name="name"
          label={texts.account.name}
          autoComplete="name"
          required
          value={name}
          error={wrong.includes('name') ? texts.account.wrong.name : undefined}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" busy={busy && texts.account.saving}>
          {texts.account.save}
        </Button>
      </form>
    </section>
  )
}
