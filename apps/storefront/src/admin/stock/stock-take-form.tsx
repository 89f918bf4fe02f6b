import { StockTakeRequest } from '@meshmart/contracts'
import { TextField } from '@meshmart/ui'
import { useState } from 'react'
import { bookStockTake } from '../office-api.ts'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { DocumentForm } from './document-form.tsx'
import { WarehouseField, type WarehouseName } from './warehouse-field.tsx'

/** @param booked called when the books have changed */
export function StockTakeForm({ sku, booked }: { sku: string; booked: () => void }) {
  const { office } = useOfficeTexts()
  const words = office.stock
  const [warehouse, setWarehouse] = useState<WarehouseName>('central')
  const [counted, setCounted] = useState('')
  const [reason, setReason] = useState('')
  return (
    <DocumentForm
      title={words.take}
      hint={words.takeHint}
      schema={StockTakeRequest}
      document={{ warehouse, reason, counts: [{ sku, counted: counted === '' ? null : Number(counted) }] }}
      book={async (request) => {
        const [line] = (await bookStockTake(request)).lines
        booked()
        return line === undefined ? office.done : words.takeDone(line.counted, line.booked)
      }}
    >
      {(wrong) => (
        <>
          <WarehouseField label={office.warehouse} value={warehouse} onChange={setWarehouse} />
          <TextField
            label={words.counted}
            type="number"
            min={0}
            value={counted}
            error={wrong.includes('counted') ? words.wrong : undefined}
            onChange={(event) => setCounted(event.target.value)}
          />
          <TextField
            label={words.reason}
            value={reason}
            maxLength={200}
            error={wrong.includes('reason') ? words.wrong : undefined}
            onChange={(event) => setReason(event.target.value)}
          />
        </>
      )}
    </DocumentForm>
  )
}
