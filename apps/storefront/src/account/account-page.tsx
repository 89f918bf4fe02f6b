/** One's own account: the name, the addresses, the password, and one's data, to take along or to have deleted. A guest is sent to sign in. */
import { Skeleton } from '@meshmart/ui'
import { Navigate } from 'react-router'
import { PageTitle } from '../shell/page-title.tsx'
import { useTexts } from '../texts/language.tsx'
import { AddressBook } from './address-book.tsx'
import { OwnData } from './own-data.tsx'
import { PasswordPart } from './password-part.tsx'
import { ProfilePart } from './profile-part.tsx'
import { useSession } from './session.tsx'
import './account.css'

export function AccountPage() {
  const { account } = useTexts()
  const { session } = useSession()
  if (session !== null && session.account === null) return <Navigate to="/sign-in?to=/account" replace />
  return (
    <div className="own">
      <PageTitle>{account.title}</PageTitle>
      <h1>{account.title}</h1>
      {session?.account == null ? (
        <Skeleton height="480px" />
      ) : (
        <>
          <ProfilePart account={session.account} />
          <AddressBook />
          <PasswordPart />
          <OwnData />
        </>
      )}
    </div>
  )
}
