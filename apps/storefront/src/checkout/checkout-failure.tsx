/** Why the order was not placed, whether money moved, and what to do; or, where nobody knows yet, how to find out without paying twice. */
import type { Cart } from '@meshmart/contracts'
import { Link } from 'react-router'
import { outcomeIsUnknown, ProblemAnswer } from '../api/failure.ts'
import { reasonOfProblem } from '../order/rejection.ts'
import { Notice } from '../shell/notice.tsx'
import { useLanguage, useTexts } from '../texts/language.tsx'
import { lineOf, sortFieldErrors } from './form.ts'

export function CheckoutFailure({ error, cart }: { error: unknown; cart: Cart }) {
  const texts = useTexts()
  if (outcomeIsUnknown(error)) {
    return (
      <Notice
        words={texts.failure.unknownOutcome}
        trace={error instanceof ProblemAnswer ? error.problem.traceId : undefined}
      >
        <Link to="/orders">{texts.failure.seeOrders}</Link>
      </Notice>
    )
  }
  return error instanceof ProblemAnswer ? <Refused answer={error} cart={cart} /> : null
}

function Refused({ answer: { problem }, cart }: { answer: ProblemAnswer; cart: Cart }) {
  const { language, texts } = useLanguage()
  const reason = reasonOfProblem(problem)
  const others = sortFieldErrors(problem.errors ?? []).others
  return (
    <>
      <Notice
        words={reason === null ? { what: problem.title, money: texts.failure.noMoney } : texts.order.rejection[reason]}
        trace={reason === null ? problem.traceId : undefined}
      />
      {others.length > 0 && (
        <ul className="checkout__others">
          {others.map((each) => {
            const line = lineOf(each)
            const product = line === null ? undefined : cart.lines[line]?.product
            return (
              <li key={each.field}>
                {texts.checkout.lineProblem(product?.name[language] ?? each.field, each.message)}
              </li>
            )
          })}
        </ul>
      )}
    </>
  )
}
