/** What signing in and registering have in common: a few fields, one button, and what went wrong at the field or above the form. */
import { Button, TextField } from '@meshmart/ui'
import { useState, type ComponentProps, type FormEvent, type ReactNode } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { ProblemAnswer } from '../api/failure.ts'
import { Notice, wordsFor } from '../shell/notice.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { useTexts } from '../texts/language.tsx'

type Field<Name extends string> = {
  name: Name
  label: string
  type: string
  autoComplete: ComponentProps<'input'>['autoComplete']
  hint?: string
  wrong: string
}

type AccountFormProps<Name extends string> = {
  title: string
  lead: string
  fields: Field<Name>[]
  busy: string
  /** Names the fields that are wrong, or sends. */
  check: (values: Record<Name, string>) => readonly Name[] | (() => Promise<void>)
  children: ReactNode
}

export function AccountForm<Name extends string>({
  title,
  lead,
  fields,
  busy,
  check,
  children,
}: AccountFormProps<Name>) {
  const texts = useTexts()
  const navigate = useNavigate()
  const [search] = useSearchParams()
  const [values, setValues] = useState(
    () => Object.fromEntries(fields.map(({ name }) => [name, ''])) as Record<Name, string>,
  )
  const [wrong, setWrong] = useState<readonly Name[]>([])
  const [failure, setFailure] = useState<unknown>(null)
  const [sending, setSending] = useState(false)

  const showWrong = (form: HTMLFormElement, names: readonly Name[]) => {
    setWrong(names)
    const first = fields.find(({ name }) => names.includes(name))
    form.querySelector<HTMLInputElement>(`[name="${first?.name}"]`)?.focus()
  }

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (sending) return
    const form = event.currentTarget
    setFailure(null)
    const checked = check(values)
    if (typeof checked !== 'function') {
      showWrong(form, checked)
      return
    }
    setWrong([])
    setSending(true)
    try {
      await checked()
      await navigate(placeToReturnTo(search.get('to')), { replace: true })
    } catch (error) {
      setFailure(error)
      const atFields = error instanceof ProblemAnswer ? (error.problem.errors ?? []).map(({ field }) => field) : []
      showWrong(
        form,
        fields.map(({ name }) => name).filter((name) => atFields.includes(name)),
      )
    } finally {
      setSending(false)
    }
  }

  return (
    <div className="account">
      <PageTitle>{title}</PageTitle>
      <h1>{title}</h1>
      <p className="lead">{lead}</p>
      {failure !== null && <Notice words={wordsFor(failure, texts)} />}
      <form className="account__form" noValidate onSubmit={submit}>
        {fields.map(({ name, label, type, autoComplete, hint, wrong: words }) => (
          <TextField
            key={name}
            name={name}
            label={label}
            type={type}
            autoComplete={autoComplete}
            hint={hint}
            required
            value={values[name]}
            error={wrong.includes(name) ? words : undefined}
            onChange={(event) => setValues({ ...values, [name]: event.target.value })}
          />
        ))}
        <Button type="submit" width="wide" busy={sending && busy}>
          {title}
        </Button>
      </form>
      {children}
    </div>
  )
}

/** Only ways within the shop: a link must not be able to send people elsewhere after they signed in. */
const placeToReturnTo = (to: string | null): string => (to !== null && /^\/(?![/\\])/.test(to) ? to : '/orders')
