/**
 * What the three forms about stock have in common: a document with an id that stays the same until its outcome is known, checked with the contract's own schema
 * before it is sent, and the words of what came of it.
 */
import { Button } from '@meshmart/ui'
import { useId, useState, type FormEvent, type ReactNode } from 'react'
import { useSending } from '../../account/sending.ts'
import { Outcome, useDocumentId } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'

type Schema<T> = {
  safeParse: (
    value: unknown,
  ) => { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[] }[] } }
}

type DocumentFormProps<T> = {
  title: string
  hint?: string
  /** All but the id, as it was typed. */
  document: object
  schema: Schema<T>
  /** @returns the words for what came of it */
  book: (document: T) => Promise<string>
  /** @param wrong the last name in the path of each field that is wrong, such as `quantity` */
  children: (wrong: readonly string[]) => ReactNode
}

export function DocumentForm<T>({ title, hint, document, schema, book, children }: DocumentFormProps<T>) {
  const { office } = useOfficeTexts()
  const heading = useId()
  const { idFor, settled } = useDocumentId()
  const { busy, failure, wrong, refuse, send } = useSending()
  const [done, setDone] = useState<string | null>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setDone(null)
    const read = schema.safeParse({ id: idFor(document), ...document })
    if (!read.success) return refuse(read.error.issues.map(({ path }) => path.join('.')))
    void send(async () => {
      setDone(await book(read.data))
      settled()
    })
  }
  return (
    <form className="office__form" noValidate aria-labelledby={heading} onSubmit={submit}>
      <h2 id={heading}>{title}</h2>
      {hint !== undefined && <p className="soft small">{hint}</p>}
      {children(wrong.map((path) => path.split('.').at(-1)!))}
      <Button type="submit" busy={busy && office.sending}>
        {office.send}
      </Button>
      <Outcome failure={failure} done={done} />
    </form>
  )
}
