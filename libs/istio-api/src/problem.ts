/**
 * What is wrong with a resource, in a form that an editor, the console and `meshctl` can all show: who, where, and what would be right.
 * An error keeps the resource from being applied; a warning says that something written there has no effect.
 */
import { nameOf, type FieldPath, type Origin, type Resource } from './resource.ts'

export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly code: ProblemCode
  /** `VirtualService default/my-virtual-service`, or the file where the document is not even that. */
  readonly resource: string
  /** `spec.http[0].timeout`; empty for the document as a whole. */
  readonly path: string
  readonly file: string
  /** Both count from 1. */
  readonly line: number
  readonly column: number
  /** Its code in the catalogue of messages, where analysis said it. */
  readonly finding?: string
  /** Says what would be right. */
  readonly message: string
}

/**
 * Why it is a problem.
 * - `syntax`, error: the document cannot be read
 * - `invalid`, error: Istio or Kubernetes would refuse it
 * - `refused`, error: Istio would take it; this mesh cannot honour it, and leaving it out would do something else
 * - `ineffective`, warning: applied, but what is written there has no effect
 * - `advice`, warning: Istio's own validation warns of it as well
 */
export type ProblemCode = 'syntax' | 'invalid' | 'refused' | 'ineffective' | 'advice'

/** What is listed of one resource: a list of ten thousand wrong entries is one mistake. */
const MAX_PROBLEMS = 100

/** Collects the problems of one resource, so that checks name only the field and the message. */
export class Findings {
  readonly problems: Problem[] = []
  readonly #resource: string
  readonly #origin: Origin
  /** Also of those that are not listed. */
  #errors = 0

  constructor(resource: string, origin: Origin) {
    this.#resource = resource
    this.#origin = origin
  }

  static about(resource: Resource): Findings {
    return new Findings(nameOf(resource), resource.origin)
  }

  /** Istio or Kubernetes would refuse it. */
  error(path: FieldPath, message: string): void {
    this.#add('invalid', path, message)
  }

  /** Istio would take it; this mesh does not. */
  refuse(path: FieldPath, message: string): void {
    this.#add('refused', path, message)
  }

  /** Something written there has no effect. */
  warning(path: FieldPath, message: string): void {
    this.#add('ineffective', path, message)
  }

  /** Istio warns of it as well. */
  advise(path: FieldPath, message: string): void {
    this.#add('advice', path, message)
  }

  get hasErrors(): boolean {
    return this.#errors > 0 || this.problems.some((problem) => problem.severity === 'error')
  }

  #add(code: ProblemCode, path: FieldPath, message: string): void {
    const severity = code === 'ineffective' || code === 'advice' ? 'warning' : 'error'
    if (severity === 'error') this.#errors++
    // An error says more than that the same field has no effect.
    const written = formatPath(path)
    if (code === 'ineffective' && this.problems.some((other) => other.path === written && other.severity === 'error'))
      return
    if (this.problems.length > MAX_PROBLEMS) return
    const isLast = this.problems.length === MAX_PROBLEMS
    const { line, column } = this.#origin.locate(path)
    const { file } = this.#origin
    const place = { resource: this.#resource, path: written, file, line, column }
    this.problems.push({
      severity,
      code,
      ...place,
      message: isLast ? `is one of more than ${MAX_PROBLEMS} problems; the rest is not listed` : message,
    })
  }
}

/** `['spec', 'http', 0]` → `spec.http[0]` */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    const name = /^[\w-]+$/.test(step) ? step : JSON.stringify(step)
    return text === '' ? name : `${text}.${name}`
  }, '')
}

/** `['spec', 'http', 0, 'timeout']` → `http[].timeout`: the field in any resource of its kind. */
export function fieldPattern(path: FieldPath): string {
  return formatPath(path.slice(1)).replaceAll(/\[\d+\]/g, '[]')
}
