/** Where a VirtualService sends requests, each destination with its place and the words that Istio has for it. */
import type { Of } from './context.ts'
import type { DestinationSpec, FieldPath } from '../resource.ts'

export interface PlacedDestination {
  readonly destination: DestinationSpec
  readonly path: FieldPath
  readonly isMirror: boolean
}

/** Several analysers ask, and most resources are the same objects from one analysis to the next. */
const known = new WeakMap<object, readonly PlacedDestination[]>()

export function destinationsOf({ spec }: Of<'VirtualService'>): readonly PlacedDestination[] {
  let placed = known.get(spec)
  if (placed === undefined) known.set(spec, (placed = placedIn(spec)))
  return placed
}

function placedIn(spec: Of<'VirtualService'>['spec']): PlacedDestination[] {
  const routed = (['tcp', 'tls', 'http'] as const).flatMap((field) =>
    (spec[field] ?? []).flatMap((route, index) =>
      (route.route ?? []).flatMap(({ destination }, place): PlacedDestination[] => {
        // A document that is refused may lack what is required.
        if (destination?.host === undefined) return []
        return [{ destination, path: ['spec', field, index, 'route', place, 'destination'], isMirror: false }]
      }),
    ),
  )
  const mirrored = (spec.http ?? []).flatMap(({ mirror, mirrors }, index): PlacedDestination[] => [
    ...(mirror === undefined ? [] : [{ destination: mirror, path: ['spec', 'http', index, 'mirror'], isMirror: true }]),
    ...(mirrors ?? []).flatMap(({ destination }, place): PlacedDestination[] => {
      if (destination?.host === undefined) return []
      return [{ destination, path: ['spec', 'http', index, 'mirrors', place, 'destination'], isMirror: true }]
    }),
  ])
  return [...routed, ...mirrored]
}
