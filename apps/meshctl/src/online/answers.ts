/**
 * What the control plane answers is checked before it is believed: another version of it may speak otherwise. The schemas are loaded when something was
 * answered, because every command that asks nobody would wait for them.
 */
import type { z } from 'zod'
import { Unreachable, type Outcome } from '../command.ts'
import type { Answer, Client, Question } from './client.ts'
import { refusal } from './refusal.ts'

type Contracts = typeof import('@meshmart/contracts')
/** Picks a schema: `({ Proxies }) => Proxies`. */
type Schema<T> = (contracts: Contracts) => z.ZodType<T>

/** What was asked for, or what becomes of a command whose question is refused. */
export type Asked<T> = { readonly body: T; readonly refused?: never } | { readonly refused: Outcome }

/** @throws Unreachable where nobody answers, or answers otherwise than its schema says */
export async function ask<T>(client: Client, question: Question, schema: Schema<T>): Promise<Asked<T>> {
  const answer = await client.ask(question)
  const contracts = await import('@meshmart/contracts')
  if (isRefusal(answer)) return { refused: refusal(answered(contracts.ConfigurationRefusal, answer.body)) }
  return { body: answered(schema(contracts), answer.body) }
}

/** For what is never refused while the control plane works. @throws Unreachable as `ask`, and where it refuses */
export async function told<T>(client: Client, question: Question, schema: Schema<T>): Promise<T> {
  const answer = await ask(client, question, schema)
  if (answer.refused === undefined) return answer.body
  throw new Unreachable(`the control plane does not tell ${question.path}: ${answer.refused.words()}`)
}

const isRefusal = ({ status }: Answer): boolean => status >= 400

function answered<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const [first] = read.error.issues
  const where = first?.path.join('.') ?? ''
  throw new Unreachable(
    `the control plane answers what this meshctl does not understand (is it of the same version?): ${where}: ${first?.message ?? ''}`,
  )
}
