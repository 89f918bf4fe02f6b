/** Refunds some pieces of a confirmed order, which go back to stock. The key stays the same for the same pieces until their outcome is known. */
import type { OrderLine, StaffOrder } from '@meshmart/contracts'
import { Button, TextField } from '@meshmart/ui'
import { useState, type FormEvent } from 'react'
import { useSending } from '../../account/sending.ts'
import { returnPieces } from '../office-api.ts'
import { Outcome, useDocumentId } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'

const leftOf = ({ quantity, returned }: OrderLine): number => quantity - returned

export function RefundForm({ found, onChange }: { found: StaffOrder; onChange: (found: StaffOrder) => void }) {
  const { language, office } = useOfficeTexts()
  const words = office.order
  const { id } = found.order
  const lines = found.order.lines.filter((line) => leftOf(line) > 0)
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const [isEmpty, setEmpty] = useState(false)
  const { idFor, settled } = useDocumentId()
  const { busy, failure, send } = useSending()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const pieces = lines
      .map(({ sku }) => ({ sku, quantity: Number(typed[sku] ?? '') }))
      .filter(({ quantity }) => quantity > 0)
    setEmpty(pieces.length === 0)
    if (pieces.length === 0) return
    void send(async () => {
      const changed = await returnPieces(id, { lines: pieces }, idFor(pieces))
      settled()
      setTyped({})
      onChange(changed)
    })
  }
  return (
    <form className="office__form" noValidate aria-labelledby="refund-heading" onSubmit={submit}>
      <h3 id="refund-heading">{words.refundSome}</h3>
      <p className="soft small">{words.refundHint}</p>
      {lines.map((line) => (
        <TextField
          key={line.sku}
          label={words.refundOf(line.name[language], leftOf(line))}
          type="number"
          min={0}
          max={leftOf(line)}
          value={typed[line.sku] ?? ''}
          error={isEmpty ? words.refundNone : undefined}
          onChange={(event) => setTyped({ ...typed, [line.sku]: event.target.value })}
        />
      ))}
      <Button type="submit" variant="quiet" busy={busy && office.sending}>
        {words.refundSend}
      </Button>
      <Outcome failure={failure} done={null} />
    </form>
  )
}
