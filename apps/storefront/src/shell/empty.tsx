/** A page with nothing on it yet says what to do next. */
import type { ReactNode } from 'react'

export function Empty({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    <div className="empty">
      <svg viewBox="0 0 160 96" aria-hidden="true">
        <rect x="8" y="8" width="144" height="80" rx="12" fill="var(--plate)" />
        <circle cx="58" cy="52" r="20" fill="var(--line)" />
        <path d="M84 72a20 20 0 0 1 40 0Z" fill="var(--good)" opacity="0.55" />
        <path d="M30 72h104" stroke="var(--ink)" strokeWidth="1.5" strokeLinecap="round" />
      </svg>
      <h1>{title}</h1>
      <p>{hint}</p>
      {children}
    </div>
  )
}
