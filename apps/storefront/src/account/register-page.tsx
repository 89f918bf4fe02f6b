import { Registration } from '@meshmart/contracts'
import { Link } from 'react-router'
import { useTexts } from '../texts/language.tsx'
import { AccountForm } from './account-form.tsx'
import { useSession } from './session.tsx'

const names = ['name', 'email', 'password'] as const

export function RegisterPage() {
  const { account } = useTexts()
  const { register } = useSession()
  return (
    <AccountForm
      title={account.register}
      lead={account.registerLead}
      busy={account.busyRegister}
      fields={[
        { name: 'name', label: account.name, type: 'text', autoComplete: 'name', wrong: account.wrong.name },
        { name: 'email', label: account.email, type: 'email', autoComplete: 'email', wrong: account.wrong.email },
        {
          name: 'password',
          label: account.password,
          type: 'password',
          autoComplete: 'new-password',
          hint: account.passwordHint,
          wrong: account.wrong.password,
        },
      ]}
      check={(values) => {
        const read = Registration.safeParse(values)
        return read.success
          ? () => register(read.data)
          : names.filter((name) => read.error.issues.some(({ path }) => path[0] === name))
      }}
    >
      <p>
        {account.haveAccount} <Link to="/sign-in">{account.signIn}</Link>
      </p>
    </AccountForm>
  )
}
