/** How the shop says that something went wrong: what happened, whether money moved, what to do, and the way on. */
import { Button } from '@meshmart/ui'
import type { ReactNode } from 'react'
import { ProblemAnswer, StrangeAnswer } from '../api/failure.ts'
import type { Texts } from '../texts/en.ts'
import { useTexts } from '../texts/language.tsx'

export type NoticeWords = { what: string; money?: string; todo?: string }

/** Words for any failure that has none of its own on the page. */
export function wordsFor(error: unknown, texts: Texts): NoticeWords {
  if (error instanceof ProblemAnswer) return { what: error.problem.title }
  return error instanceof StrangeAnswer ? texts.failure.strange : texts.failure.unreachable
}

type NoticeProps = { words: NoticeWords; tone?: 'bad' | 'quiet'; trace?: string | undefined; children?: ReactNode }

/** An alert: a screen reader hears it when it appears. */
export function Notice({ words, tone = 'bad', trace, children }: NoticeProps) {
  const { order, shop } = useTexts()
  const rows: [string, string | undefined][] = [
    [order.what, words.what],
    [order.money, words.money],
    [order.todo, words.todo],
  ]
  return (
    <div className={`notice notice--${tone}`} role="alert">
      <dl>
        {rows.map(
          ([term, text]) =>
            text !== undefined && (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{text}</dd>
              </div>
            ),
        )}
      </dl>
      {children && <div className="notice__ways">{children}</div>}
      {trace && <p className="notice__trace">{shop.trace(trace)}</p>}
    </div>
  )
}

/** For a page or a part of it that could not be loaded. */
export function LoadFailed({ error, retry }: { error: unknown; retry: () => void }) {
  const texts = useTexts()
  return (
    <Notice words={wordsFor(error, texts)} trace={error instanceof ProblemAnswer ? error.problem.traceId : undefined}>
      <Button variant="quiet" onClick={retry}>
        {texts.shop.retry}
      </Button>
    </Notice>
  )
}
