import { SellingWarehouse, sellingWarehouses } from '@meshmart/contracts'
import { SelectField } from '@meshmart/ui'
import type { z } from 'zod'
import { useOfficeTexts } from '../texts/office-texts.ts'

export type WarehouseName = z.infer<typeof SellingWarehouse>

type WarehouseFieldProps = { label: string; value: WarehouseName; onChange: (warehouse: WarehouseName) => void }

export function WarehouseField({ label, value, onChange }: WarehouseFieldProps) {
  const { office } = useOfficeTexts()
  return (
    <SelectField label={label} value={value} onChange={(event) => onChange(SellingWarehouse.parse(event.target.value))}>
      {sellingWarehouses.map((each) => (
        <option key={each} value={each}>
          {office.warehouses[each]}
        </option>
      ))}
    </SelectField>
  )
}
