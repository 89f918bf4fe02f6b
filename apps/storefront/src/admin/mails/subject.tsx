/** The subject of an e-mail; one without a subject can be opened, too. */
import { Typed } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'

export function Subject({ children }: { children: string }) {
  const { office } = useOfficeTexts()
  return children.trim() === '' ? office.mails.noSubject : <Typed>{children}</Typed>
}
