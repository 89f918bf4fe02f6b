/** Who may not come in: strangers and guests have to sign in, and a customer's account is not enough. */
import type { ProblemCode } from '@meshmart/contracts'
import { ACCOUNT_PROBLEMS } from '../http/problem-sets.ts'

export const OFFICE_PROBLEMS: readonly ProblemCode[] = [...ACCOUNT_PROBLEMS, 'not-allowed']
