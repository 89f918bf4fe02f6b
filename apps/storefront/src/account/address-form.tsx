import { Address } from '@meshmart/contracts'
import { Button, SelectField, TextField } from '@meshmart/ui'
import { useState, type FormEvent } from 'react'
import { countries } from '../checkout/countries.ts'
import { Notice, wordsFor } from '../shell/notice.tsx'
import { useLanguage } from '../texts/language.tsx'
import { useSending } from './sending.ts'

const lines = [
  ['name', 'name'],
  ['line1', 'address-line1'],
  ['line2', 'address-line2'],
  ['postalCode', 'postal-code'],
  ['city', 'address-level2'],
] as const
type Values = Record<(typeof lines)[number][0] | 'country', string>
const empty: Values = { name: '', line1: '', line2: '', postalCode: '', city: '', country: '' }

/** One address; the words for its fields are those of the checkout. */
export function AddressForm({ save, cancel }: { save: (address: Address) => Promise<void>; cancel: () => void }) {
  const { language, texts } = useLanguage()
  const { account, checkout, shop } = texts
  const [values, setValues] = useState(empty)
  const { busy, failure, wrong, refuse, send } = useSending()

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { line2, ...rest } = values
    const read = Address.safeParse({ ...rest, ...(line2.trim() === '' ? {} : { line2 }) })
    if (!read.success) return refuse(read.error.issues.map(({ path }) => String(path[0])))
    return send(() => save(read.data))
  }
  const tied = (field: keyof Values) => ({
    name: field,
    label: checkout[field],
    required: field !== 'line2',
    value: values[field],
    error: wrong.includes(field) ? checkout.wrong[field] : undefined,
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [field]: event.target.value }),
  })
  return (
    <form className="own__form" noValidate onSubmit={submit}>
      {failure !== null && wrong.length === 0 && <Notice words={wordsFor(failure, texts)} />}
      {lines.map(([field, autoComplete]) => (
        <TextField
          key={field}
          {...tied(field)}
          autoComplete={autoComplete}
          note={field === 'line2' ? shop.optional : undefined}
        />
      ))}
      <SelectField {...tied('country')} autoComplete="country">
        <option value="" />
        {countries(language).map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </SelectField>
      <div className="row">
        <Button type="submit" busy={busy && account.saving}>
          {account.save}
        </Button>
        <Button variant="quiet" onClick={cancel}>
          {account.cancel}
        </Button>
      </div>
    </form>
  )
}
