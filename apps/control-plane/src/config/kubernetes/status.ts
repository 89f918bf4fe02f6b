/**
 * What is said of a resource in its `status`: the conditions `PassedValidation` and `Reconciled`, and what analysis has found. Names and form are Istio's, so
 * that its tools and `kubectl wait --for=condition=Reconciled` read it. What others have written there stays.
 */
import { isDeepStrictEqual } from 'node:util'
import { messageOf, type Problem } from '@meshmart/istio-api'
import type { Reach } from '../../distribution/progress.ts'
import type { KubernetesObject } from './api.ts'

export interface Verdict {
  readonly errors: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** Why it is valid and could not be put into force; null where it was. */
  readonly notStored: string | null
  /** Generation that is in force; null where nothing of it is. */
  readonly inForce: number | null
  /** How far the version that is in force has come. */
  readonly reach: Reach
}
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False'
  /** One word. */
  readonly reason: string
  readonly message: string
  readonly observedGeneration: number
  /** RFC 3339. */
  readonly lastTransitionTime: string
}
export interface ResourceStatus {
  readonly observedGeneration: number
  readonly conditions: readonly object[]
  readonly validationMessages: readonly object[]
}

const LISTED = 5

/** Null where the object says all of that already. @param now ms since 1970 */
export function statusFor(object: KubernetesObject, verdict: Verdict, now: number): ResourceStatus | null {
  const observedGeneration = object.metadata.generation ?? 0
  const present = presentStatus(object)
  const validation = passedValidation(verdict)
  const ours = [validation, reconciled(verdict)].map((said): Condition => {
    const before = present.conditions.find(({ type }) => type === said.type)
    const isKept = before?.status === said.status && before.lastTransitionTime !== undefined
    const lastTransitionTime = isKept ? String(before.lastTransitionTime) : new Date(now).toISOString()
    return { ...said, observedGeneration, lastTransitionTime }
  })
  const others = present.conditions.filter(({ type }) => !ours.some((each) => each.type === type))
  const conditions = [...others, ...ours]
  const validationMessages = [...verdict.errors, ...verdict.warnings].map(analysisMessage)
  const next = { observedGeneration, conditions, validationMessages }
  return isDeepStrictEqual(next, present) ? null : next
}

type Said = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

function passedValidation({ errors, warnings }: Verdict): Said {
  const type = 'PassedValidation'
  if (errors.length > 0) return { type, status: 'False', reason: 'Invalid', message: listed(errors) }
  if (warnings.length > 0) return { type, status: 'True', reason: 'ValidWithWarnings', message: listed(warnings) }
  return { type, status: 'True', reason: 'Valid', message: '' }
}

function reconciled({ errors, notStored, inForce, reach }: Verdict): Said {
  const said = (status: 'True' | 'False', reason: string, message: string): Said => ({
    type: 'Reconciled',
    status,
    reason,
    message,
  })
  if (errors.length > 0) {
    const message = inForce === null ? 'nothing of it is in force' : `generation ${inForce} stays in force`
    return said('False', 'NotValid', message)
  }
  if (notStored !== null) return said('False', 'NotStored', notStored)
  if (inForce === null || !reach.published) return said('False', 'NotPublished', 'not handed to the sidecars yet')
  const { concerned, missing, refused } = reach
  const [first] = refused
  if (first !== undefined) {
    const reason = first.heard.reason ?? 'no reason given'
    return said(
      'False',
      'Refused',
      `${refused.length} of ${concerned} refuse it; ${first.proxy} ${first.key}: ${reason}`,
    )
  }
  if (missing.length > 0) {
    const message = `${concerned - missing.length} of ${concerned} acknowledged; missing: ${named(missing.map(({ proxy }) => proxy))}`
    return said('False', 'Pending', message)
  }
  return said('True', 'Acknowledged', 'every sidecar that needs it runs it')
}

const named = (proxies: readonly string[]): string => {
  const all = [...new Set(proxies)].toSorted()
  return all.length > LISTED ? `${all.slice(0, LISTED).join(', ')} and ${all.length - LISTED} more` : all.join(', ')
}

function listed(problems: readonly Problem[]): string {
  const lines = problems.slice(0, LISTED).map(({ path, message }) => (path === '' ? message : `${path} ${message}`))
  const more = problems.length > LISTED ? `; ${problems.length - LISTED} more` : ''
  return `${lines.join('; ')}${more}`
}

function analysisMessage(problem: Problem): object {
  const { code, name, level, documentationUrl } = messageOf(problem)
  return { type: { code, name }, level: level.toUpperCase(), documentationUrl }
}

interface Present {
  readonly observedGeneration: unknown
  readonly conditions: readonly Record<string, unknown>[]
  readonly validationMessages: unknown
}

/** Whatever stands there may be another program's. */
function presentStatus({ status }: KubernetesObject): Present {
  const { conditions, observedGeneration, validationMessages = [] } = isRecord(status) ? status : {}
  const list = Array.isArray(conditions) ? conditions.filter(isRecord) : []
  return { observedGeneration, conditions: list, validationMessages }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
