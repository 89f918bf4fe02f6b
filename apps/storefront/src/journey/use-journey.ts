/** Asks for the journey until every part has reported. Parts report in batches, so the first answers are incomplete by nature. */
import type { Journey } from '@meshmart/contracts'
import { useEffect, useState } from 'react'
import { ProblemAnswer } from '../api/failure.ts'
import { getJourney } from '../api/shop.ts'

const ASK_AGAIN_MS = 700
/** After about half a minute what is missing will not come any more. */
const MOST_ASKS = 40

export type JourneyWatch = { journey: Journey | null; phase: 'gathering' | 'complete' | 'gave-up' }

export function useJourney(orderId: string): JourneyWatch {
  const [watch, setWatch] = useState<JourneyWatch>({ journey: null, phase: 'gathering' })
  useEffect(() => {
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout>
    const ask = async (count: number): Promise<void> => {
      let journey: Journey | null = null
      try {
        journey = await getJourney(orderId, stop.signal)
      } catch (error) {
        if (stop.signal.aborted) return
        // 404 is a record that has not arrived yet or is no longer kept; any other failure may pass. Both are asked again, in bounds.
        if (error instanceof ProblemAnswer && error.problem.status < 500 && error.problem.status !== 404)
          count = MOST_ASKS
      }
      const phase = journey?.complete ? 'complete' : count >= MOST_ASKS ? 'gave-up' : 'gathering'
      setWatch((before) => ({ journey: journey ?? before.journey, phase }))
      if (phase === 'gathering') timer = setTimeout(() => void ask(count + 1), ASK_AGAIN_MS)
    }
    void ask(1)
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [orderId])
  return watch
}
