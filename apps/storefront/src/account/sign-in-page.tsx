import { Credentials } from '@meshmart/contracts'
import { Link } from 'react-router'
import { useTexts } from '../texts/language.tsx'
import { AccountForm } from './account-form.tsx'
import { useSession } from './session.tsx'

export function SignInPage() {
  const { account } = useTexts()
  const { signIn } = useSession()
  return (
    <AccountForm
      title={account.signIn}
      lead={account.signInLead}
      busy={account.busySignIn}
      fields={[
        { name: 'email', label: account.email, type: 'email', autoComplete: 'email', wrong: account.wrong.email },
        {
          name: 'password',
          label: account.password,
          type: 'password',
          autoComplete: 'current-password',
          wrong: account.wrong.passwordMissing,
        },
      ]}
      check={(values) => {
        const read = Credentials.safeParse(values)
        return read.success
          ? () => signIn(read.data)
          : read.error.issues.map(({ path }) => (path[0] === 'email' ? 'email' : 'password'))
      }}
    >
      <p>
        {account.noAccount} <Link to="/register">{account.register}</Link>
      </p>
      <p className="soft">{account.signInHint}</p>
    </AccountForm>
  )
}
