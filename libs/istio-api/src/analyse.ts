/** Analysis as the control plane asks for it: resources beside what its registry knows, and problems as at apply. */
import { analyzeTogether, problemOf } from './analysis/analyze.ts'
import { REFUSING } from './analysis/analyzers.ts'
import type { MeshModel } from './compile/model.ts'
import type { Problem } from './problem.ts'
import type { Resource } from './resource.ts'

export function analyse({ resources, services }: MeshModel): Problem[] {
  return (
    analyzeTogether({
      resources,
      kubernetes: [],
      registered: services,
      // At start none has registered yet, and then nothing can be said of what is missing.
      servicesKnown: services.length > 0,
    })
      // What is merely worth knowing needs nobody's attention at apply.
      .filter(({ level }) => level !== 'Info')
      .map(problemOf)
  )
}

/** Only what cannot be in force whatever services there are: for whoever takes over what somebody else has analysed. */
export function refusals(resources: readonly Resource[]): Problem[] {
  const input = { resources, kubernetes: [], registered: [], servicesKnown: false }
  return analyzeTogether(input, REFUSING).map(problemOf)
}
