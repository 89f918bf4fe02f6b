import { ReplenishmentRequest } from '@meshmart/contracts'
import { TextField } from '@meshmart/ui'
import { useState } from 'react'
import { orderReplenishment } from '../office-api.ts'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { DocumentForm } from './document-form.tsx'
import { QuantityField } from './quantity-field.tsx'
import { WarehouseField, type WarehouseName } from './warehouse-field.tsx'

export function ReplenishmentForm({ sku }: { sku: string }) {
  const { office } = useOfficeTexts()
  const words = office.stock
  const [warehouse, setWarehouse] = useState<WarehouseName>('central')
  const [quantity, setQuantity] = useState('')
  const [day, setDay] = useState('')
  return (
    <DocumentForm
      title={words.order}
      schema={ReplenishmentRequest}
      document={{
        warehouse,
        expectedAt: day === '' ? '' : new Date(day).toISOString(),
        note: '',
        lines: [{ sku, quantity: Number(quantity) }],
      }}
      book={async (request) => {
        await orderReplenishment(request)
        return words.orderDone
      }}
    >
      {(wrong) => (
        <>
          <WarehouseField label={office.warehouse} value={warehouse} onChange={setWarehouse} />
          <QuantityField value={quantity} isWrong={wrong.includes('quantity')} onChange={setQuantity} />
          <TextField
            label={words.expected}
            type="date"
            value={day}
            error={wrong.includes('expectedAt') ? words.wrong : undefined}
            onChange={(event) => setDay(event.target.value)}
          />
        </>
      )}
    </DocumentForm>
  )
}
