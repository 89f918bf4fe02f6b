/** A form that is being sent: whether it is, which of its fields were refused, and what else went wrong. */
import { useState } from 'react'
import { ProblemAnswer } from '../api/failure.ts'

export function useSending() {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const [wrong, setWrong] = useState<readonly string[]>([])

  /** Runs `work` unless it runs already. */
  const send = async (work: () => Promise<void>): Promise<void> => {
    if (busy) return
    setBusy(true)
    setFailure(null)
    setWrong([])
    try {
      await work()
    } catch (error) {
      setFailure(error)
      setWrong(error instanceof ProblemAnswer ? (error.problem.errors ?? []).map(({ field }) => field) : [])
    } finally {
      setBusy(false)
    }
  }
  return { busy, failure, wrong, refuse: setWrong, send }
}
