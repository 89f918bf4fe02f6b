/** Where the bars of a chart stand: stacked, each a share of the tallest. Pure. */

export interface Series {
  readonly name: string
  readonly tone: 'good' | 'warn' | 'bad'
  readonly values: readonly number[]
}

export interface Bar {
  readonly tone: Series['tone']
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Sums over all series, position by position. */
export const totalsOf = (series: readonly Series[]): number[] =>
  (series[0]?.values ?? []).map((_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0))

/** Bars in a picture of `width` by `height`, with a gap between positions; a value of nothing has no bar. */
export function barsOf(series: readonly Series[], { width, height }: { width: number; height: number }): Bar[] {
  const totals = totalsOf(series)
  const most = Math.max(...totals, 0)
  if (most === 0) return []
  const slot = width / totals.length
  return totals.flatMap((_, index) => {
    let below = height
    return series.flatMap(({ tone, values }) => {
      const share = ((values[index] ?? 0) / most) * height
      below -= share
      return share === 0 ? [] : [{ tone, x: index * slot + slot * 0.1, y: below, width: slot * 0.8, height: share }]
    })
  })
}
