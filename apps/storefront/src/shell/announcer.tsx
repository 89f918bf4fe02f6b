/** One polite live region for what happens away from where the reader is, such as a product that went into the cart. */
import { createContext, use, useCallback, useState, type ReactNode } from 'react'

const AnnouncerContext = createContext<(text: string) => void>(() => {
  throw new Error('useAnnounce needs an Announcer above it')
})

export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ text: '', turn: 0 })
  const announce = useCallback((text: string) => setSaid(({ turn }) => ({ text, turn: turn + 1 })), [])
  return (
    <AnnouncerContext value={announce}>
      {children}
      <div className="visually-hidden" aria-live="polite">
        {/* A new key makes the same words heard again. */}
        <span key={said.turn}>{said.text}</span>
      </div>
    </AnnouncerContext>
  )
}

export const useAnnounce = (): ((text: string) => void) => use(AnnouncerContext)
