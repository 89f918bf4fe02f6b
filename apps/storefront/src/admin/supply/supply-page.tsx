/** What runs out, and what is on its way: between the warehouses, and from suppliers. */
import { PageTitle } from '../../shell/page-title.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { Replenishments, Transfers } from './shipments.tsx'
import { Warnings } from './warnings.tsx'

export function SupplyPage() {
  const { office } = useOfficeTexts()
  return (
    <>
      <PageTitle>{office.supply.title}</PageTitle>
      <h1>{office.supply.title}</h1>
      <Warnings />
      <Transfers />
      <Replenishments />
    </>
  )
}
