/** How many pieces; `onChange` gets what was typed, because half a number is one while it is typed. */
import { TextField } from '@meshmart/ui'
import { useOfficeTexts } from '../texts/office-texts.ts'

type Props = { value: string; isWrong: boolean; onChange: (typed: string) => void }

export function QuantityField({ value, isWrong, onChange }: Props) {
  const { office } = useOfficeTexts()
  return (
    <TextField
      label={office.quantity}
      type="number"
      min={1}
      value={value}
      error={isWrong ? office.stock.wrong : undefined}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
