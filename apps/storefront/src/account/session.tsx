/** Who is shopping: an account, or a guest. The cookie is the server's; this only knows the name to greet. */
import type { Account, Credentials, Registration, Session } from '@meshmart/contracts'
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react'
import { getSession, register, signIn, signOut } from '../api/shop.ts'

type SessionStore = {
  /** null until the first answer. */
  session: Session | null
  signIn: (credentials: Credentials) => Promise<void>
  register: (registration: Registration) => Promise<void>
  signOut: () => Promise<void>
  /** The account is now this; null where it has been deleted. */
  became: (account: Account | null) => void
}

const SessionContext = createContext<SessionStore | null>(null)

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null>(null)
  useEffect(() => {
    // A guest needs no session to shop, so a failure here only means that nobody is greeted by name.
    getSession().then(setSession, () => setSession({ account: null }))
  }, [])
  const store = useMemo<SessionStore>(
    () => ({
      session,
      signIn: async (credentials) => setSession(await signIn(credentials)),
      register: async (registration) => setSession(await register(registration)),
      signOut: async () => {
        await signOut()
        setSession({ account: null })
      },
      became: (account) => setSession({ account }),
    }),
    [session],
  )
  return <SessionContext value={store}>{children}</SessionContext>
}

export function useSession(): SessionStore {
  const store = use(SessionContext)
  if (store === null) throw new Error('useSession needs a SessionProvider above it')
  return store
}
