/** One folder or several as the source of configuration: read at start, and again whenever something in them may have changed. */
import type { Logger } from 'pino'
import type { Distribution } from '../distribution/distribution.ts'
import { Fold } from '../distribution/fold.ts'
import type { Configuration } from './configuration.ts'
import { watchFolders } from './folder.ts'
import type { ConfigurationSource } from './source.ts'

export class WatchedFolders implements ConfigurationSource {
  /** What was applied stands beside them. */
  readonly readOnly = null
  readonly #directories: readonly string[]
  readonly #configuration: Configuration
  readonly #log: Logger
  #fold: Fold | undefined
  #stopWatching: () => void = () => undefined

  constructor(directories: readonly string[], configuration: Configuration, log: Logger) {
    this.#directories = directories
    this.#configuration = configuration
    this.#log = log
  }

  notReady(): string | null {
    return null
  }

  follow(running: Distribution): void {
    const fold = new Fold(async () => {
      if (await this.#configuration.read()) running.changed()
    })
    this.#fold = fold
    this.#stopWatching = watchFolders(this.#directories, () => fold.touch(), this.#log)
    // What changed between the first reading and the watch would otherwise be missed.
    fold.touch()
  }

  leading(): void {
    // Every replica reads the folder, whoever leads.
  }

  async stop(): Promise<void> {
    this.#stopWatching()
    await this.#fold?.stop()
  }
}
