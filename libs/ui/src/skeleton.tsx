/** The place of what is still coming, in its size, so that nothing jumps when it arrives. Hidden from screen readers: say it once in a live region. */
export function Skeleton({ width = '100%', height }: { width?: string; height: string }) {
  return <span className="skeleton" aria-hidden="true" style={{ width, height }} />
}
