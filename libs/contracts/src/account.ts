import { z } from 'zod'
import { line } from './text.ts'

const Email = z.email().max(254)
const NewPassword = z.string().min(10).max(200)
const KnownPassword = z.string().min(1).max(200)

/** `staff` works in the back office, `admin` may do everything there; both can shop like any customer. */
export const roles = ['customer', 'staff', 'admin'] as const
export const Role = z.enum(roles).meta({ id: 'Role' })
export type Role = z.infer<typeof Role>

export const Account = z
  .strictObject({ id: z.uuid(), email: Email, name: z.string(), role: Role })
  .meta({ id: 'Account' })
export type Account = z.infer<typeof Account>

export const Registration = z
  .strictObject({ email: Email, name: line(1, 100), password: NewPassword })
  .meta({ id: 'Registration' })
export type Registration = z.infer<typeof Registration>

export const Credentials = z.strictObject({ email: Email, password: KnownPassword }).meta({ id: 'Credentials' })
export type Credentials = z.infer<typeof Credentials>

/** Who the session cookie belongs to; a guest has no account. */
export const Session = z.strictObject({ account: Account.nullable() }).meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

/** Body of `PATCH /account`: what an account's owner may say about themselves. E-mail and role are not theirs to change. */
export const ProfileUpdate = z.strictObject({ name: line(1, 100) }).meta({ id: 'ProfileUpdate' })
export type ProfileUpdate = z.infer<typeof ProfileUpdate>

export const PasswordChange = z
  .strictObject({ currentPassword: KnownPassword, newPassword: NewPassword })
  .meta({ id: 'PasswordChange' })
export type PasswordChange = z.infer<typeof PasswordChange>

/** Body of `POST /account/deletion`: the password once more, because a forgotten browser must not be enough for this. */
export const AccountDeletion = z.strictObject({ password: KnownPassword }).meta({ id: 'AccountDeletion' })
export type AccountDeletion = z.infer<typeof AccountDeletion>
