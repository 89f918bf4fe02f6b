/** The fields of the checkout in the order in which people think: where to write, where to send, how to pay. */
import { SelectField, TextField } from '@meshmart/ui'
import type { ComponentProps, ReactNode } from 'react'
import { useLanguage } from '../texts/language.tsx'
import { countries } from './countries.ts'
import { groupCardNumber, tidyExpiry, type CheckoutForm, type FieldFaults, type FormField } from './form.ts'
import { TestCardChooser } from './test-card-chooser.tsx'

type CheckoutFieldsProps = { form: CheckoutForm; faults: FieldFaults; change: (part: Partial<CheckoutForm>) => void }

export function CheckoutFields({ form, faults, change }: CheckoutFieldsProps) {
  const { language, texts } = useLanguage()
  const { checkout, shop } = texts
  const errorOf = (field: FormField): string | undefined => {
    const fault = faults[field]
    if (fault === undefined) return undefined
    return fault === 'wrong' ? checkout.wrong[field] : checkout.cardRefused[fault]
  }
  const text = (field: FormField, more: ComponentProps<'input'>): ReactNode => (
    <TextField
      {...more}
      name={field}
      label={checkout[field]}
      note={field === 'line2' ? shop.optional : undefined}
      required={field !== 'line2'}
      value={form[field]}
      error={errorOf(field)}
      onChange={(event) => change({ [field]: event.target.value })}
    />
  )
  return (
    <div className="checkout__fields">
      <fieldset className="block">
        <legend>{checkout.contact}</legend>
        {text('email', { type: 'email', autoComplete: 'email' })}
      </fieldset>

      <fieldset className="block">
        <legend>{checkout.delivery}</legend>
        {text('name', { autoComplete: 'shipping name' })}
        {text('line1', { autoComplete: 'shipping address-line1' })}
        {text('line2', { autoComplete: 'shipping address-line2' })}
        <div className="block__pair block__pair--postal">
          {text('postalCode', { autoComplete: 'shipping postal-code' })}
          {text('city', { autoComplete: 'shipping address-level2' })}
        </div>
        <SelectField
          name="country"
          label={checkout.country}
          autoComplete="shipping country"
          required
          value={form.country}
          error={errorOf('country')}
          onChange={(event) => change({ country: event.target.value })}
        >
          <option value="" />
          {countries(language).map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </SelectField>
      </fieldset>

      <fieldset className="block">
        <legend>{checkout.payment}</legend>
        <TestCardChooser
          number={form.number}
          choose={({ number }) => change({ number: groupCardNumber(number), expiry: '12/30', cvc: '123' })}
        />
        {text('number', {
          inputMode: 'numeric',
          autoComplete: 'cc-number',
          onBlur: () => change({ number: groupCardNumber(form.number) }),
        })}
        <div className="block__pair">
          {text('expiry', {
            inputMode: 'numeric',
            autoComplete: 'cc-exp',
            onBlur: () => change({ expiry: tidyExpiry(form.expiry) }),
          })}
          {text('cvc', { inputMode: 'numeric', autoComplete: 'cc-csc', maxLength: 4 })}
        </div>
      </fieldset>
    </div>
  )
}
