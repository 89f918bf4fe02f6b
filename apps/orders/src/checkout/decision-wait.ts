/** How long a request waits for the saga. The saga does not end with it: the customer is told where to look. */

const longestMs = 5_000
/** What it takes to say "still undecided" before the caller stops listening. */
const answerMs = 200

/** Milliseconds: five seconds, or less where the caller's deadline (ms since 1970) comes earlier. */
export const decisionWaitMs = (deadline: number | null, now: number): number =>
  deadline === null ? longestMs : Math.max(0, Math.min(longestMs, deadline - answerMs - now))
