/**
 * Puts what Kubernetes says into force. The replica that leads writes it as the next revision of the applied configuration; from there on it goes the way of
 * everything that is applied: to the other replica, into the history, to the sidecars. What was last good so survives a restart, and an API that is away.
 */
import type { Problem } from '@meshmart/istio-api'
import type { Logger } from 'pino'
import { Fold } from '../../distribution/fold.ts'
import type { RegisteredService } from '../../registry/registry.ts'
import type { AppliedState } from '../applied.ts'
import type { Configuration } from '../configuration.ts'
import { RevisionConflict, type RevisionLog } from '../revision-log.ts'
import { admit, type Admission } from './admission.ts'
import type { Informers } from './informers.ts'
import { ResourceReader, type ReadObject } from './resource-reader.ts'

export interface ReconcilerOptions {
  readonly informers: Informers
  readonly configuration: Configuration
  readonly revisions: () => RevisionLog
  readonly services: () => readonly RegisteredService[]
  readonly leads: () => boolean
  /** SPIFFE id of the control plane: in the history it is the author. */
  readonly self: string
  readonly log: Logger
  /** There is something new to say of resources. */
  readonly settled: () => void
}
/** What the last round has come to. */
export interface Settled {
  readonly objects: readonly ReadObject[]
  readonly admission: Admission
  /** Why nothing of it could be put into force; null where it was. */
  readonly notStored: string | null
}

/** What a round is made from. */
interface Round {
  readonly objects: readonly ReadObject[]
  readonly before: AppliedState
  readonly services: readonly RegisteredService[]
}

const AGAIN_MS = 5_000

export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #reader = new ResourceReader()
  readonly #fold = new Fold(() => this.#round().catch((error: unknown) => this.#failed(error)))
  #settled: Settled | null = null
  #last: Round | null = null
  #again: NodeJS.Timeout | undefined

  constructor(options: ReconcilerOptions) {
    this.#options = options
  }

  /** Null while this replica has not led. */
  get settled(): Settled | null {
    return this.#settled
  }

  /** Something was heard from Kubernetes, or this replica leads now. */
  touch(): void {
    this.#fold.touch()
  }

  async stop(): Promise<void> {
    clearTimeout(this.#again)
    await this.#fold.stop()
  }

  async #round(): Promise<void> {
    const { informers, leads, settled } = this.#options
    if (!leads() || !informers.synced) return
    const round = {
      objects: this.#reader.read(informers.resources),
      before: this.#options.revisions().state,
      services: this.#options.services(),
    }
    const known = this.#isKnown(round) ? this.#settled : null
    const admission = known?.admission ?? admit(round.before, round.objects, (state) => this.#check(state))
    if (known === null) this.#tell(admission)
    const notStored = await this.#store(round.before, admission)
    // A status that was written comes back as another object that says the same.
    const isSame = known !== null && known.notStored === notStored && isSameList(known.objects, round.objects)
    this.#settled = { objects: round.objects, admission, notStored }
    this.#last = { ...round, before: this.#options.revisions().state }
    if (!isSame) settled()
  }

  /** An object that this program stumbles over must not end it: what is in force stays, and the next news tries again. */
  #failed(error: unknown): void {
    this.#options.log.error({ err: error }, 'what Kubernetes says could not be read; what was last known stays')
  }

  /** Whether the last round had the same before it. */
  #isKnown({ objects, before, services }: Round): boolean {
    const last = this.#last
    const documents = (of: readonly ReadObject[]) => of.map(({ document }) => document)
    return (
      last?.before === before && last.services === services && isSameList(documents(last.objects), documents(objects))
    )
  }

  #check(state: AppliedState): readonly Problem[] {
    return this.#options.configuration.checkAll(state, this.#options.services())
  }

  /** @returns why it could not be put into force */
  async #store(before: AppliedState, { state, changes }: Admission): Promise<string | null> {
    // Nothing at all is a word as well, the first time: without it nobody knows that there is nothing.
    const next = before.revision === 0 && state === before ? { revision: 1, documents: new Map() } : state
    if (next === before) return null
    const action = changes.length > 0 && changes.every(({ change }) => change === 'removed') ? 'delete' : 'apply'
    const author = {
      at: new Date().toISOString(),
      by: this.#options.self,
      action,
      note: 'from the Kubernetes API',
    } as const
    try {
      await this.#options.revisions().append(next, author, changes)
      return null
    } catch (error) {
      const isOvertaken = error instanceof RevisionConflict
      const { message } = error as Error
      if (!isOvertaken)
        this.#options.log.warn({ reason: message }, 'what Kubernetes says could not be stored; trying again')
      clearTimeout(this.#again)
      this.#again = setTimeout(() => this.touch(), isOvertaken ? 0 : AGAIN_MS)
      return message
    }
  }

  #tell({ errors }: Admission): void {
    const before = this.#settled?.admission.errors
    for (const [resource, [problem]] of errors) {
      if (problem === undefined || before?.get(resource)?.[0]?.message === problem.message) continue
      const fields = { resource, path: problem.path, reason: problem.message }
      this.#options.log.warn(fields, 'resource refused; what was last good of it stays')
    }
  }
}

const isSameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index])
