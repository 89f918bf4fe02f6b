/** This process's clock, which may be off: settings.ts says by how much. Injected, so that what depends on it can be tried. */
export type Clock = () => Date

export const skewedClock = (seconds: number): Clock => {
  return () => new Date(Date.now() + seconds * 1000)
}
