/** Durations and operations as they are shown. */
import type { FieldOperations, HeaderOperations } from '@meshmart/mesh-policy'
import type { Operations } from './explanation.ts'

/** `5s`, `250ms`, `1.5s`; null for none. */
export function durationWords(milliseconds: number): string | null {
  if (milliseconds === 0) return null
  return milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`
}

export function operationsOf(
  written: HeaderOperations | undefined,
): { request: Operations; response: Operations } | null {
  if (written === undefined) return null
  return { request: filled(written.request), response: filled(written.response) }
}

function filled(written: FieldOperations | undefined): Operations {
  return { set: written?.set ?? {}, add: written?.add ?? {}, remove: written?.remove ?? [] }
}

/** `VirtualService default/reviews` → `default/reviews`; null for what no resource says. */
export function resourceName(source: string, kind: string): string | null {
  return source.startsWith(`${kind} `) ? source.slice(kind.length + 1) : null
}
