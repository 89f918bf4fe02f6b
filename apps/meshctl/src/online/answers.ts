/**
 * What the control plane answers is checked before it is believed: another version of it may speak otherwise. The schemas are loaded when something was
 * answered, because every command that asks nobody would wait for them.
 */
import type { z } from 'zod'
import { Unreachable } from '../command.ts'

export const contracts = () => import('@meshmart/contracts')

/** @throws Unreachable that names the field */
export function answered<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const [first] = read.error.issues
  const where = first?.path.join('.') ?? ''
  throw new Unreachable(
    `the control plane answers what this meshctl does not understand (is it of the same version?): ${where}: ${first?.message ?? ''}`,
  )
}
