/** Five steps on a line that fills. The words and the mark carry the meaning; the colour only repeats it. */
import type { Order } from '@meshmart/contracts'
import { CheckIcon, CrossIcon } from '@meshmart/ui'
import type { CSSProperties } from 'react'
import { useLanguage } from '../texts/language.tsx'
import { progressOf } from './progress.ts'

export function StatusLine({ order }: { order: Order }) {
  const { language, texts } = useLanguage()
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' })
  const steps = progressOf(order)
  const reached = steps.findLastIndex(({ at }) => at !== null)
  const filled = { '--filled': Math.max(0, reached) / (steps.length - 1) } as CSSProperties
  return (
    <ol className={`status-line status-line--${toneClass(order)}`} style={filled}>
      {steps.map(({ step, status, at }) => (
        <li
          className={`status-line__step status-line__step--${status}`}
          key={step}
          aria-current={status === 'active' ? 'step' : undefined}
        >
          <span className="status-line__mark">
            {status === 'done' && <CheckIcon />}
            {status === 'undone' && <CrossIcon />}
          </span>
          <span className="status-line__name">{texts.order.state[step]}</span>
          <span className="status-line__at tabular">{at !== null && time.format(new Date(at))}</span>
        </li>
      ))}
    </ol>
  )
}

const toneClass = ({ state }: Order): 'going' | 'undone' =>
  state === 'rejecting' || state === 'rejected' || state === 'cancelling' || state === 'cancelled' ? 'undone' : 'going'
