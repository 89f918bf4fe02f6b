/** The account's corner of the header. */
import { NavLink } from 'react-router'
import { useAnnounce } from '../shell/announcer.tsx'
import { wordsFor } from '../shell/notice.tsx'
import { useTexts } from '../texts/language.tsx'
import { useSession } from './session.tsx'

export function AccountLinks() {
  const texts = useTexts()
  const { session, signOut } = useSession()
  const announce = useAnnounce()
  if (session?.account == null) {
    return (
      <NavLink className="header__link" to="/sign-in">
        {texts.shop.signIn}
      </NavLink>
    )
  }
  const leave = () =>
    signOut().then(
      () => announce(texts.account.signedOut),
      (error: unknown) => announce(wordsFor(error, texts).what),
    )
  return (
    <>
      {session.account.role !== 'customer' && (
        <NavLink className="header__link" to="/admin">
          {texts.shop.office}
        </NavLink>
      )}
      <NavLink className="header__link" to="/account" title={texts.account.signedInAs(session.account.name)}>
        {texts.account.title}
      </NavLink>
      <button className="header__link" type="button" onClick={leave}>
        {texts.shop.signOut}
      </button>
    </>
  )
}
