import { z } from 'zod'
import { line } from './text.ts'

const Email = z.email().max(254)

export const Account = z
  .strictObject({ id: z.uuid(), email: Email, name: z.string(), role: z.enum(['customer', 'admin']) })
  .meta({ id: 'Account' })
export type Account = z.infer<typeof Account>

export const Registration = z
  .strictObject({ email: Email, name: line(1, 100), password: z.string().min(10).max(200) })
  .meta({ id: 'Registration' })
export type Registration = z.infer<typeof Registration>

export const Credentials = z
  .strictObject({ email: Email, password: z.string().min(1).max(200) })
  .meta({ id: 'Credentials' })
export type Credentials = z.infer<typeof Credentials>

/** Who the session cookie belongs to; a guest has no account. */
export const Session = z.strictObject({ account: Account.nullable() }).meta({ id: 'Session' })
export type Session = z.infer<typeof Session>
