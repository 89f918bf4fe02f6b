/**
 * What a sidecar keeps on disk so that it can start again while the control plane and NATS are away: the last good snapshots and its certificate. Files are
 * written whole or not at all, readable by this user alone; a file that cannot be read is as good as none.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reasonOf, type SidecarLog } from '../log.ts'

export class StateDirectory {
  readonly #directory: string
  readonly #log: SidecarLog
  #failing = false

  /** @throws Error `settings: MESH_STATE_DIR: …` where the directory cannot be made */
  constructor(directory: string, log: SidecarLog) {
    this.#directory = directory
    this.#log = log
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw new Error(`settings: MESH_STATE_DIR: ${directory} cannot be used: ${reasonOf(error)}`, { cause: error })
    }
  }

  /** What was kept under a name; null where there is nothing, or nothing that can be read. */
  read(name: string): unknown {
    try {
      return JSON.parse(readFileSync(this.#file(name), 'utf8'))
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (!missing)
        this.#log.warn('state: a file cannot be read, going on without it', { name, reason: reasonOf(error) })
      return null
    }
  }

  /** Serving comes before remembering: a full disk is told once and costs the memory, nothing else. */
  write(name: string, value: unknown): void {
    const file = this.#file(name)
    try {
      writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 })
      renameSync(`${file}.new`, file)
      this.#failing = false
    } catch (error) {
      if (!this.#failing)
        this.#log.error('state: not written, a restart would find less', { name, reason: reasonOf(error) })
      this.#failing = true
    }
  }

  remove(name: string): void {
    try {
      rmSync(this.#file(name), { force: true })
    } catch (error) {
      this.#log.error('state: not removed, a restart would find more', { name, reason: reasonOf(error) })
    }
  }

  #file(name: string): string {
    return join(this.#directory, `${encodeURIComponent(name)}.json`)
  }
}
