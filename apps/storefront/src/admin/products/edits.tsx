/** Who has changed what of a product, newest first. */
import type { StaffProduct } from '@meshmart/contracts'
import { DataTable, Instant, Typed } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { useValueWords } from './value-words.ts'

export function Edits({ edits }: Pick<StaffProduct, 'edits'>) {
  const { office } = useOfficeTexts()
  const wordsFor = useValueWords()
  const words = office.edit
  if (edits.length === 0) return null
  return (
    <section aria-labelledby="edits-heading">
      <h2 id="edits-heading">{words.edits}</h2>
      <DataTable name={words.edits} head={[office.when, office.who, words.what]}>
        {edits.map(({ version, at, actor, changes }) => (
          <tr key={version}>
            <td>
              <Instant at={at} />
            </td>
            <td>{actor.name === null ? office.gone : <Typed>{actor.name}</Typed>}</td>
            <td>
              <ul className="office__changes">
                {changes.map(({ field, before, after }) => (
                  <li key={field}>
                    {words.field[field]}: <Typed>{wordsFor.edited(field, before)}</Typed> →{' '}
                    <Typed>{wordsFor.edited(field, after)}</Typed>
                  </li>
                ))}
              </ul>
            </td>
          </tr>
        ))}
      </DataTable>
    </section>
  )
}
