/** Where snapshots come from, as the rest of the sidecar sees it. */
export interface Watch {
  stop(): void
}

export type DiscoverAnswer =
  { readonly found: true; readonly host: string } | { readonly found: false; readonly reason: string }

export interface SnapshotSource {
  /**
   * Calls back with the present value and each later one; null where it was deleted. An error that the callback throws is acknowledged to the control plane
   * as a refusal with its message, and what was applied before stays in force.
   */
  watch<T>(key: string, apply: (snapshot: T | null) => void): Watch
  /** Asks the control plane where a host is. Rejects where nobody answers. */
  discover(host: string): Promise<DiscoverAnswer>
}
