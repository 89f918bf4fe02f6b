/** Of a list of measurements. @param share in [0, 1]: 0.5 is the median, 1 the most. @returns 0 of an empty list */
export function quantile(values: readonly number[] | Float64Array, share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
}
