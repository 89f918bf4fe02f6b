import { TransferRequest } from '@meshmart/contracts'
import { TextField } from '@meshmart/ui'
import { useState } from 'react'
import { requestTransfer } from '../office-api.ts'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { DocumentForm } from './document-form.tsx'
import { QuantityField } from './quantity-field.tsx'
import { WarehouseField, type WarehouseName } from './warehouse-field.tsx'

export function TransferForm({ sku }: { sku: string }) {
  const { office } = useOfficeTexts()
  const words = office.stock
  const [source, setSource] = useState<WarehouseName>('central')
  const [quantity, setQuantity] = useState('')
  const [note, setNote] = useState('')
  const destination: WarehouseName = source === 'central' ? 'harbour' : 'central'
  return (
    <DocumentForm
      title={words.transfer}
      hint={words.to(office.warehouses[destination])}
      schema={TransferRequest}
      document={{ source, destination, note, lines: [{ sku, quantity: Number(quantity) }] }}
      book={async (request) => {
        await requestTransfer(request)
        return words.transferDone
      }}
    >
      {(wrong) => (
        <>
          <WarehouseField label={words.from} value={source} onChange={setSource} />
          <QuantityField value={quantity} isWrong={wrong.includes('quantity')} onChange={setQuantity} />
          <TextField
            label={office.note}
            value={note}
            maxLength={200}
            onChange={(event) => setNote(event.target.value)}
          />
        </>
      )}
    </DocumentForm>
  )
}
