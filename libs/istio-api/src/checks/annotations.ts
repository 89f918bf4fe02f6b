/**
 * What Istio's API lacks is said in annotations, which a real Istio ignores (ADR 9): `meshmart.io/local-rate-limit` on a Sidecar, and
 * `meshmart.io/outlier-success-rate` on a DestinationRule. Each is a JSON object. `meshmart.io/overrides: folder` on any resource that is applied says
 * that it takes the place of the folder's, `meshmart.io/overridden`, written by the control plane, which state of that one (ADR 22).
 */
import { parseDuration } from '../duration.ts'
import type { Findings } from '../problem.ts'
import type { Resource } from '../resource.ts'

export const LOCAL_RATE_LIMIT = 'meshmart.io/local-rate-limit'
export const OUTLIER_SUCCESS_RATE = 'meshmart.io/outlier-success-rate'
export const OVERRIDES = 'meshmart.io/overrides'
export const OVERRIDDEN = 'meshmart.io/overridden'
const DRY_RUN = 'istio.io/dry-run'
const NOT_FOR_USERS = ['webhook-always-reject', 'parents', 'parent-namespace'].map(
  (name) => `internal.istio.io/${name}`,
)
/** Envoy fills a bucket at most that often. */
const MIN_FILL_INTERVAL_MS = 50

export interface RateLimitAnnotation {
  readonly maxTokens: number
  /** 1 where it is not given, as in Envoy. */
  readonly tokensPerFill: number
  readonly fillIntervalMs: number
}
export interface SuccessRateAnnotation {
  readonly minimumHosts: number
  readonly requestVolume: number
  readonly stdevFactor: number
}

/** @throws SyntaxError that says what is wrong */
export function readRateLimit(text: string): RateLimitAnnotation {
  const fields = readObject(text, ['maxTokens', 'tokensPerFill', 'fillInterval'])
  const fillIntervalMs = typeof fields['fillInterval'] === 'string' ? parseDuration(fields['fillInterval']) : null
  if (fillIntervalMs === null || fillIntervalMs < MIN_FILL_INTERVAL_MS) {
    throw new SyntaxError(`needs fillInterval, a duration of at least ${MIN_FILL_INTERVAL_MS}ms`)
  }
  return { maxTokens: whole(fields, 'maxTokens'), tokensPerFill: whole(fields, 'tokensPerFill', 1), fillIntervalMs }
}

/** Envoy's defaults for what is not given. @throws SyntaxError that says what is wrong */
export function readSuccessRate(text: string): SuccessRateAnnotation {
  const fields = readObject(text, ['minimumHosts', 'requestVolume', 'stdevFactor'])
  return {
    minimumHosts: whole(fields, 'minimumHosts', 5),
    requestVolume: whole(fields, 'requestVolume', 100),
    stdevFactor: whole(fields, 'stdevFactor', 1_900),
  }
}

export function checkAnnotations(resource: Resource, findings: Findings): void {
  for (const [name, text] of Object.entries(resource.annotations)) {
    const path = ['metadata', 'annotations', name]
    if (name === DRY_RUN) checkDryRun(resource, text, path, findings)
    if (NOT_FOR_USERS.includes(name)) findings.error(path, 'is set by Istio alone, never by hand')
    if (!name.startsWith('meshmart.io/')) continue
    if (name === OVERRIDES) {
      if (text !== 'folder') findings.refuse(path, `must be folder, is ${JSON.stringify(text)}`)
      continue
    }
    if (name === OVERRIDDEN) {
      if (resource.annotations[OVERRIDES] === undefined) findings.refuse(path, `means nothing without ${OVERRIDES}`)
      continue
    }
    const read = readerOf(resource, name)
    if (read === null) findings.refuse(path, `means nothing on a ${resource.kind}`)
    else tryRead(read, text, path, findings)
  }
  if (resource.kind !== 'DestinationRule' || resource.annotations[OUTLIER_SUCCESS_RATE] === undefined) return
  const policies = [resource.spec.trafficPolicy, ...(resource.spec.subsets ?? []).map((subset) => subset.trafficPolicy)]
  const blocks = policies.flatMap((policy) => [policy, ...(policy?.portLevelSettings ?? [])])
  if (blocks.some((policy) => policy?.outlierDetection !== undefined)) return
  findings.refuse(['metadata', 'annotations', OUTLIER_SUCCESS_RATE], 'needs an outlierDetection that it belongs to')
}

/** A policy that is only tried out in Istio would be enforced here. */
function checkDryRun(resource: Resource, text: string, path: string[], findings: Findings): void {
  if (resource.kind !== 'AuthorizationPolicy') findings.error(path, 'belongs to an AuthorizationPolicy')
  else if (!['ALLOW', 'DENY'].includes(resource.spec.action ?? 'ALLOW')) {
    findings.error(path, `belongs to action ALLOW or DENY, is ${resource.spec.action}`)
  } else if (!/^(?:[01tTfF]|true|TRUE|True|false|FALSE|False)$/.test(text)) {
    findings.error(path, `must be true or false, is ${JSON.stringify(text)}`)
  } else if (/^[1t]/i.test(text)) {
    findings.refuse(path, 'is not supported: the policy would be enforced; use action: AUDIT or remove it')
  }
}

function readerOf(resource: Resource, name: string): ((text: string) => unknown) | null {
  if (name === LOCAL_RATE_LIMIT && resource.kind === 'Sidecar') return readRateLimit
  return name === OUTLIER_SUCCESS_RATE && resource.kind === 'DestinationRule' ? readSuccessRate : null
}

function tryRead(read: (text: string) => unknown, text: string, path: string[], findings: Findings): void {
  try {
    read(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    findings.refuse(path, error.message)
  }
}

function readObject(text: string, known: readonly string[]): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new SyntaxError(`must be a JSON object with ${known.join(', ')}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SyntaxError(`must be a JSON object with ${known.join(', ')}`)
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new SyntaxError(`has the unknown field ${unknown}; known here: ${known.join(', ')}`)
  return { ...value }
}

function whole(fields: Readonly<Record<string, unknown>>, name: string, whenMissing?: number): number {
  const value = fields[name] ?? whenMissing
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw new SyntaxError(`needs ${name}, an integer of at least 1`)
}
