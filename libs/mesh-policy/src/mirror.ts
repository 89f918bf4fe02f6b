/** To whom a copy of a request goes. Each mirror is drawn apart, as Envoy does. */
import type { Mirror } from './snapshot.ts'

export interface PreparedMirrors {
  readonly mirrors: readonly Mirror[]
  readonly always: boolean
}

const NONE: readonly Mirror[] = []

/** Null where nobody ever gets a copy: Istio drops a mirror of 0 %. */
export function prepareMirrors(mirrors: readonly Mirror[]): PreparedMirrors | null {
  const wanted = mirrors.filter(({ percentage }) => percentage > 0)
  if (wanted.length === 0) return null
  return { mirrors: wanted, always: wanted.every(({ percentage }) => percentage >= 100) }
}

/** @param random gives numbers in [0, 1) */
export function chooseMirrors(prepared: PreparedMirrors, random: () => number): readonly Mirror[] {
  if (prepared.always) return prepared.mirrors
  const only = prepared.mirrors[0]
  if (prepared.mirrors.length === 1 && only !== undefined)
    return random() * 100 < only.percentage ? prepared.mirrors : NONE
  return prepared.mirrors.filter(({ percentage }) => random() * 100 < percentage)
}
