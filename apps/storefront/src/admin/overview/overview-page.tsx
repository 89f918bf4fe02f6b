/** The first page: whether the books agree, what runs out, and how the shop does. */
import { PageTitle } from '../../shell/page-title.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { Figures } from './figures.tsx'
import { Verdict } from './verdict.tsx'

export function OverviewPage() {
  const { office } = useOfficeTexts()
  return (
    <>
      <PageTitle>{office.title}</PageTitle>
      <h1>{office.title}</h1>
      <Verdict />
      <Figures />
    </>
  )
}
