/**
 * Changes what the shop says of a product, what it costs, and whether it is sold. It is saved only over what was read (`If-Match`): where somebody else was faster, the
 * newest values take their places in the form, and what had been typed stands beside them.
 */
import type { StaffProduct } from '@meshmart/contracts'
import { Button } from '@meshmart/ui'
import { useId, useState, type FormEvent } from 'react'
import { useSending } from '../../account/sending.ts'
import type { Answer } from '../../api/client.ts'
import { hasChangedMeanwhile } from '../../api/failure.ts'
import { Notice } from '../../shell/notice.tsx'
import { inspectProduct, putProduct } from '../office-api.ts'
import { Outcome } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { isFieldOfForm, ProductFields } from './product-fields.tsx'
import { formOf, readForm, typedOver, type ProductForm } from './product-form.ts'

type ProductEditorProps = { read: Answer<StaffProduct>; show: (newest: Answer<StaffProduct>) => void }

export function ProductEditor({ read, show }: ProductEditorProps) {
  const { office } = useOfficeTexts()
  const words = office.edit
  const heading = useId()
  const [form, setForm] = useState(() => formOf(read.value))
  /** What was not saved, because somebody else was faster; null where nobody was. */
  const [typed, setTyped] = useState<Partial<ProductForm> | null>(null)
  const [done, setDone] = useState<string | null>(null)
  const { busy, failure, wrong, refuse, send } = useSending()

  const startFrom = (newest: Answer<StaffProduct>, unsaved: Partial<ProductForm> | null) => {
    setForm(formOf(newest.value))
    setTyped(unsaved)
    show(newest)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setDone(null)
    const edited = readForm(form)
    if ('wrong' in edited) return refuse(edited.wrong)
    void send(async () => {
      try {
        startFrom(await putProduct(read.value.sku, edited.edit, read.entityTag), null)
        setDone(words.saved)
      } catch (error) {
        if (!hasChangedMeanwhile(error)) throw error
        startFrom(await inspectProduct(read.value.sku), typedOver(formOf(read.value), form))
      }
    })
  }
  // What is said at a field need not be said above them all.
  const elsewhere = wrong.length > 0 && wrong.every(isFieldOfForm) ? null : failure
  return (
    <form className="office__form" noValidate aria-labelledby={heading} onSubmit={submit}>
      <h2 id={heading}>{words.title}</h2>
      <p className="soft small">{words.hint}</p>
      {typed !== null && <Notice words={words.conflict} tone="quiet" />}
      <ProductFields
        form={form}
        wrong={wrong}
        typed={typed ?? {}}
        change={(field, value) => setForm((now) => ({ ...now, [field]: value }))}
      />
      <Button type="submit" busy={busy && office.sending}>
        {words.save}
      </Button>
      <Outcome failure={elsewhere} done={done} />
    </form>
  )
}
