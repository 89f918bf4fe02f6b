/** A state in words with a mark; the mark's shape differs too, so that colour is never the only sign. */
import type { ReactNode } from 'react'

export type StatusTone = 'quiet' | 'busy' | 'good' | 'warn' | 'bad'

export function StatusPill({ tone, children }: { tone: StatusTone; children: ReactNode }) {
  return <span className={`pill pill--${tone}`}>{children}</span>
}
