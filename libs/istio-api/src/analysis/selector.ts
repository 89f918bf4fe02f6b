/** Selectors of labels, and how Istio's messages write them. */
export type Labels = Readonly<Record<string, string>>

/** An empty selector selects everybody. */
export function selects(selector: Labels | undefined, labels: Labels): boolean {
  for (const name in selector) if (labels[name] !== selector[name]) return false
  return true
}

/** `app=reviews,version=v1`, in the order of the names. */
export function selectorText(selector: Labels | undefined): string {
  return Object.entries(selector ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(',')
}

/** Whether everybody whom `narrow` selects is selected by `wide` as well. */
export const covers = (wide: Labels | undefined, narrow: Labels | undefined): boolean => selects(wide, narrow ?? {})
