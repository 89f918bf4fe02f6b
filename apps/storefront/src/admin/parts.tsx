/** What several pages of the back office are made of. */
import { Skeleton } from '@meshmart/ui'
import { useRef, useState, type ReactNode } from 'react'
import type { Loaded } from '../loaded.ts'
import { LoadFailed, Notice, wordsFor } from '../shell/notice.tsx'
import { useLanguage } from '../texts/language.tsx'
import { useOfficeTexts } from './texts/office-texts.ts'

/** A part of a page while it loads, when it could not be loaded, and when it is there. */
export function Part<T>({
  loaded,
  reload,
  children,
}: {
  loaded: Loaded<T>
  reload: () => void
  children: (value: T) => ReactNode
}) {
  if (loaded.state === 'loading') return <Skeleton height="160px" />
  return loaded.state === 'failed' ? <LoadFailed error={loaded.error} retry={reload} /> : children(loaded.value)
}

/** A table that scrolls within itself where the screen is narrow; it can be reached by keyboard, else nobody could scroll it. */
export function DataTable({ name, head, children }: { name: string; head: readonly string[]; children: ReactNode }) {
  return (
    <div className="office__table" role="region" aria-label={name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((each) => (
              <th key={each} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}

export function Instant({ at }: { at: string }) {
  const { language } = useLanguage()
  const words = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at))
  return (
    <time className="tabular" dateTime={at}>
      {words}
    </time>
  )
}

/** What a person typed, in whatever language that is: so a screen reader is not told to read it in the page's. */
export const Typed = ({ children }: { children: string }) => <span lang="">{children}</span>

/** What an action came to: nothing yet, that it is done, or what went wrong. */
export function Outcome({ failure, done }: { failure: unknown; done: string | null }) {
  const { shop } = useOfficeTexts()
  if (failure !== null) return <Notice words={wordsFor(failure, shop)} />
  return <p role="status">{done}</p>
}

type Page<T> = { items: T[]; nextCursor: string | null }

/** The next pages of a list that is loaded already, put behind it. */
export function useMore<T>(
  page: Page<T> | null,
  show: (page: Page<T>) => void,
  load: (cursor: string) => Promise<Page<T>>,
) {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const more = async () => {
    if (page?.nextCursor == null || busy) return
    setBusy(true)
    setFailure(null)
    try {
      const next = await load(page.nextCursor)
      show({ items: [...page.items, ...next.items], nextCursor: next.nextCursor })
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  return { busy, failure, more, isMore: page?.nextCursor != null }
}

/** The id of a document is its idempotency key: the same for the same words until its outcome is known, so that pressing again after a lost answer books once. */
export function useDocumentId() {
  const last = useRef<{ words: string; id: string } | null>(null)
  return {
    idFor: (document: object): string => {
      const words = JSON.stringify(document)
      if (last.current?.words !== words) last.current = { words, id: crypto.randomUUID() }
      return last.current.id
    },
    settled: () => {
      last.current = null
    },
  }
}

/** One line of a list of facts (`dl`). */
export const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)
