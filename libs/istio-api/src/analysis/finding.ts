/** What analysis says about one resource, in the form of `istioctl analyze -o json` plus what an editor needs. */
import { formatPath } from '../problem.ts'
import type { FieldPath, Origin } from '../resource.ts'
import { messageType, MESSAGES, type Code, type TextArguments } from './catalogue.ts'
import type { Level } from './message.ts'

export interface Finding {
  readonly code: Code
  readonly level: Level
  /** `VirtualService default/reviews`; the file where it is not even that. */
  readonly origin: string
  readonly message: string
  /** `spec.http[0].timeout`; empty for the resource as a whole. */
  readonly path: string
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Whatever a finding can be about: a resource of Istio or an object of Kubernetes. */
export interface Subject {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly annotations: Readonly<Record<string, string>>
  readonly origin: Origin
}

export type Report = <C extends Code>(code: C, subject: Subject, path: FieldPath, ...args: TextArguments<C>) => void

/** `VirtualService default/reviews`, `Namespace default` */
export function originOf({ kind, namespace, name }: Pick<Subject, 'kind' | 'namespace' | 'name'>): string {
  const written = kind === 'KubernetesGateway' ? 'Gateway' : kind
  return namespace === '' ? `${written} ${name}` : `${written} ${namespace}/${name}`
}

export class FindingList {
  readonly findings: Finding[] = []

  readonly report: Report = (code, subject, path, ...args) => {
    if (isSuppressed(code, subject)) return
    // The catalogue knows what each code's text takes, which is what makes this assertion true.
    const text = MESSAGES[code].text as (...given: TextArguments<typeof code>) => string
    const { line, column } = subject.origin.locate(path)
    this.findings.push({
      code,
      level: messageType(code).level,
      origin: originOf(subject),
      message: text(...args),
      path: formatPath(path),
      file: subject.origin.file,
      line,
      column,
    })
  }
}

/** Istio's annotation: codes with commas between them, or `*`. */
function isSuppressed(code: Code, { annotations }: Subject): boolean {
  const written = annotations['galley.istio.io/analyze-suppress']
  return written !== undefined && written.split(',').some((each) => each === '*' || each === code)
}

const LEVELS: Readonly<Record<Level, number>> = { Error: 0, Warning: 1, Info: 2 }

/** Errors first; the same said twice is said once. */
export function sorted(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>()
  return findings
    .toSorted(
      (a, b) =>
        LEVELS[a.level] - LEVELS[b.level] ||
        compare(a.code, b.code) ||
        compare(a.file, b.file) ||
        a.line - b.line ||
        a.column - b.column ||
        compare(a.message, b.message),
    )
    .filter(({ code, file, origin, message, path }) => {
      const key = JSON.stringify([code, file, origin, message, path])
      const isNew = !seen.has(key)
      seen.add(key)
      return isNew
    })
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
