/** Where the configuration comes from, if not through this program: a folder, or the Kubernetes API. */
import type { Distribution } from '../distribution/distribution.ts'

export interface ConfigurationSource {
  /** Where and how the configuration is changed, if not here; null where it may be applied here as well. */
  readonly readOnly: string | null
  /** Why it has nothing to say yet; null where it has. */
  notReady(): string | null
  /** From now on what it says goes to the sidecars. */
  follow(running: Distribution): void
  /** This replica leads from now on. */
  leading(): void
  stop(): Promise<void>
}
