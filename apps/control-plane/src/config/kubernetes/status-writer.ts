/**
 * Writes what is said of resources back to Kubernetes: by the replica that leads, only where it differs, a few at a time. A status names the version of the
 * object that it was made from, so that nobody's newer word is overwritten; whoever was overtaken hears of the newer object soon.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Fold } from '../../distribution/fold.ts'
import type { Rollouts } from '../../distribution/rollout.ts'
import type { AppliedState } from '../applied.ts'
import { ApiError, type KubernetesApi } from './api.ts'
import type { Settled } from './reconciler.ts'
import type { ReadObject } from './resource-reader.ts'
import { statusFor, type Verdict } from './status.ts'
import { MESH_CONFIG, pathOf } from './watched-types.ts'

export interface StatusWriterOptions {
  readonly api: KubernetesApi
  readonly rollouts: Rollouts
  readonly settled: () => Settled | null
  readonly inForce: () => AppliedState
  readonly leads: () => boolean
  readonly log: Logger
}

type Reached = ReturnType<Rollouts['reached']>

/** Most sidecars speak within that, and then one write says it all. */
const GRACE_MS = 2_000
const BETWEEN_ROUNDS_MS = 500
const AGAIN_MS = 5_000
const AT_ONCE = 8

const isFinal = ({ errors, reach }: Verdict): boolean =>
  errors.length > 0 || (reach.published && reach.missing.length + reach.refused.length === 0)

export class StatusWriter {
  readonly #options: StatusWriterOptions
  readonly #fold = new Fold(() =>
    this.#round().catch((error: unknown) => this.#options.log.error({ err: error }, 'statuses could not be told')),
  )
  readonly #stopNews: () => void
  /** Revision → when it was first seen not to be everywhere, ms since 1970. */
  readonly #waiting = new Map<number, number>()
  readonly #end = new AbortController()
  /** All of that was said. */
  #said: Settled | null = null
  #later: NodeJS.Timeout | undefined
  #problem: string | null = null

  constructor(options: StatusWriterOptions) {
    this.#options = options
    this.#stopNews = options.rollouts.onNews(() => {
      // What is written after a revision does not belong to it.
      options.rollouts.reached()
      this.touch()
    })
  }

  touch(): void {
    this.#fold.touch()
  }

  async stop(): Promise<void> {
    this.#end.abort()
    this.#stopNews()
    clearTimeout(this.#later)
    await this.#fold.stop()
  }

  async #round(): Promise<void> {
    const settled = this.#options.settled()
    if (settled === null || settled === this.#said || !this.#options.leads()) return
    const now = Date.now()
    const reach = this.#options.rollouts.reached()
    const all = settled.objects.map((read) => ({ read, verdict: this.#verdict(read, settled, reach) }))
    const due = all.flatMap(({ read, verdict }) => this.#due(read, verdict, settled, now))
    // Nothing that is heard can change any of it, until something else is settled.
    if (due.length === 0 && all.every(({ verdict }) => isFinal(verdict))) this.#said = settled
    let problem: string | null = null
    const work = due.values()
    const write = async (): Promise<void> => {
      for (const { read, status } of work) problem = (await this.#write(read, status)) ?? problem
    }
    await Promise.all(Array.from({ length: AT_ONCE }, write))
    this.#tell(problem)
    if (problem !== null) this.#again(AGAIN_MS)
    await pause(BETWEEN_ROUNDS_MS, null, { signal: this.#end.signal }).catch(() => undefined)
  }

  /** None for the mesh configuration: a ConfigMap has no status. */
  #due(read: ReadObject, verdict: Verdict, settled: Settled, now: number): { read: ReadObject; status: object }[] {
    if (read.type === MESH_CONFIG) return []
    if (verdict.errors.length === 0 && this.#mayWait(verdict, settled, now)) return []
    const status = statusFor(read.object, verdict, now)
    return status === null ? [] : [{ read, status }]
  }

  #verdict({ name, object }: ReadObject, { admission, notStored }: Settled, reach: Reached): Verdict {
    const document = this.#options.inForce().documents.get(name)
    const isOwn = document !== undefined && document.metadata['uid'] === object.metadata.uid
    return {
      errors: admission.errors.get(name) ?? [],
      warnings: admission.warnings.get(name) ?? [],
      notStored,
      inForce: isOwn ? (document.metadata.generation ?? 0) : null,
      reach: reach(Number(document?.metadata.resourceVersion ?? 0)),
    }
  }

  #mayWait({ notStored, reach }: Verdict, { admission }: Settled, now: number): boolean {
    const { revision } = admission.state
    if (notStored !== null || (reach.published && reach.missing.length === 0)) return false
    const since = this.#waiting.get(revision) ?? now
    this.#waiting.set(revision, since)
    for (const known of this.#waiting.keys()) if (known < revision) this.#waiting.delete(known)
    if (now - since >= GRACE_MS) return false
    this.#again(GRACE_MS - (now - since))
    return true
  }

  /** @returns what went wrong */
  async #write({ type, object, name }: ReadObject, status: object): Promise<string | null> {
    // Leadership may end amid a round.
    if (!this.#options.leads() || this.#end.signal.aborted) return null
    const { namespace, name: named, resourceVersion } = object.metadata
    const path = `${pathOf(type, namespace)}/${named}/status`
    try {
      await this.#options.api.send(
        'PATCH',
        path,
        {},
        { metadata: { resourceVersion }, status },
        'application/merge-patch+json',
      )
      this.#options.log.debug({ resource: name }, 'status written')
      return null
    } catch (error) {
      // It was changed or deleted: that is on its way to us.
      if (error instanceof ApiError && (error.status === 409 || error.status === 404)) return null
      return `${name}: ${(error as Error).message}`
    }
  }

  #again(afterMs: number): void {
    clearTimeout(this.#later)
    this.#later = setTimeout(() => this.touch(), afterMs)
  }

  #tell(problem: string | null): void {
    if (problem !== null && this.#problem === null)
      this.#options.log.warn({ reason: problem }, 'statuses could not be written; trying again')
    this.#problem = problem
  }
}
