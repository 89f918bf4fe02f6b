/** What a page waits for: loading, ready or failed, loaded again when its key changes; a late answer to an old question is dropped. */
import { useCallback, useEffect, useEffectEvent, useState } from 'react'

export type Loaded<T> = { state: 'loading' } | { state: 'ready'; value: T } | { state: 'failed'; error: unknown }

/** Runs `load` once for each `key`. `set` puts in a newer value that came another way, such as over a stream. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>) {
  const [round, setRound] = useState(0)
  const question = `${round} ${key}`
  const [answer, setAnswer] = useState<{ question: string; loaded: Loaded<T> } | null>(null)
  const start = useEffectEvent(load)

  useEffect(() => {
    const stop = new AbortController()
    const settle = (loaded: Loaded<T>) => {
      if (!stop.signal.aborted) setAnswer({ question, loaded })
    }
    start(stop.signal).then(
      (value) => settle({ state: 'ready', value }),
      (error: unknown) => settle({ state: 'failed', error }),
    )
    return () => stop.abort()
  }, [question])

  const reload = useCallback(() => setRound((n) => n + 1), [])
  const set = useCallback((value: T) => setAnswer({ question, loaded: { state: 'ready', value } }), [question])
  const loaded: Loaded<T> = answer?.question === question ? answer.loaded : { state: 'loading' }
  return { loaded, reload, set }
}
