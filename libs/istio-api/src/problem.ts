/**
 * What is wrong with a resource, in a form that an editor, the console and `meshctl` can all show: who, where, and what would be right.
 * An error keeps the resource from being applied; a warning says that something written there has no effect.
 */
import { nameOf, type FieldPath, type Origin, type Resource } from './resource.ts'

export interface Problem {
  readonly severity: 'error' | 'warning'
  /** Its code in the catalogue of messages (`analysis/catalogue.ts`), where it is not simply against the schema. */
  readonly code?: string
  /** `VirtualService default/my-virtual-service`, or the file where the document is not even that. */
  readonly resource: string
  /** `spec.http[0].timeout`; empty for the document as a whole. */
  readonly path: string
  readonly file: string
  /** Both count from 1. */
  readonly line: number
  readonly column: number
  /** Says what would be right. */
  readonly message: string
}

/** Collects the problems of one resource, so that checks name only the field and the message. */
export class Findings {
  readonly problems: Problem[] = []
  readonly #resource: string
  readonly #origin: Origin

  constructor(resource: string, origin: Origin) {
    this.#resource = resource
    this.#origin = origin
  }

  static about(resource: Resource): Findings {
    return new Findings(nameOf(resource), resource.origin)
  }

  error(path: FieldPath, message: string, code?: string): void {
    this.#add('error', path, message, code)
  }

  warning(path: FieldPath, message: string, code?: string): void {
    this.#add('warning', path, message, code)
  }

  get hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === 'error')
  }

  #add(severity: Problem['severity'], path: FieldPath, message: string, code: string | undefined): void {
    const { line, column } = this.#origin.locate(path)
    const { file } = this.#origin
    const place = { resource: this.#resource, path: formatPath(path), file, line, column }
    this.problems.push({ severity, ...(code === undefined ? {} : { code }), ...place, message })
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
