/**
 * How configuration is changed through the API: read, checked beside everything else, and stored, all or nothing. What a caller expects of the present
 * (`expectedRevision` for all, `metadata.resourceVersion` for one resource) must be so, else nothing happens.
 */
import type { ConfigurationRevision, ResourceDocument } from '@meshmart/contracts'
import { parseResources, type Problem, type Resource } from '@meshmart/istio-api'
import type { RegisteredService } from '../registry/registry.ts'
import {
  applied,
  changesBetween,
  removed,
  rolledBack,
  type AppliedState,
  type Change,
  type NextState,
} from './applied.ts'
import type { Configuration } from './configuration.ts'
import type { ConfigFile } from './folder.ts'
import { nameOfDocument, readWritten } from './documents.ts'
import { asOverride, isOverride, notesWhatItReplaced } from './overrides.ts'
import { RevisionConflict, type Author, type RevisionLog } from './revision-log.ts'

/** Something in it is wrong; nothing was changed. */
export class ChangeRefused extends Error {
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(`${problems.length} problems`)
    this.problems = problems
  }
}
/** No such resource, or no such revision. */
export class NothingThere extends Error {}
/** The configuration comes from elsewhere; `message` says how it is changed there. */
export class ReadOnly extends Error {}
/** This replica has no valid folder yet: it cannot tell what would be wrong. */
export class NotReady extends Error {}

export interface ChangeOptions {
  readonly by: string
  /** ms since 1970 */
  readonly now: number
  readonly note?: string | undefined
  /** The revision that must be in force. */
  readonly expectedRevision?: number | undefined
  /** Only says what would happen. */
  readonly dryRun?: boolean
  /** Of an apply: takes the place of what the folder says under the same names. */
  readonly override?: boolean
}
export interface Outcome {
  /** That is in force now; with `dryRun` the one before. */
  readonly revision: number
  readonly changes: readonly Change[]
  readonly warnings: readonly Problem[]
}
interface Prepared extends NextState {
  readonly warnings: readonly Problem[]
}

/** A change that expects nothing of the present is tried again as often as somebody else is faster. */
const TRIES = 10

export class Changes {
  readonly #configuration: Configuration
  readonly #log: () => RevisionLog
  readonly #services: () => readonly RegisteredService[]
  readonly #readOnly: string | null
  #turn: Promise<unknown> = Promise.resolve()

  /**
   * @param log the one that is open now: it is opened anew when NATS comes back
   * @param readOnly where and how the configuration is changed, if not here: then nothing but a dry run is done
   */
  constructor(
    configuration: Configuration,
    log: () => RevisionLog,
    services: () => readonly RegisteredService[],
    readOnly: string | null,
  ) {
    this.#readOnly = readOnly
    this.#configuration = configuration
    this.#log = log
    this.#services = services
  }

  /** @throws ReadOnly, ChangeRefused, RevisionConflict, NotStored, NotReady */
  async apply(files: readonly ConfigFile[], options: ChangeOptions): Promise<Outcome> {
    const parsed = files.map(({ name, text }) => parseResources(text, name))
    const resources = parsed.flatMap((file) => file.resources)
    const problems = parsed.flatMap((file) => file.problems)
    const errors = problems.filter(({ severity }) => severity === 'error')
    if (errors.length > 0) throw new ChangeRefused(problems)
    if (resources.length === 0) throw new ChangeRefused([nothingIn(files)])
    const written = readWritten(parsed.flatMap((file) => file.documents))
    const documents = written.map((each) => this.#overFolder(each, options.override === true))
    return this.#change('apply', options, (before) => {
      expectVersions(before, documents)
      const next = applied(before, documents, options.now)
      const found = this.#check(next, resources)
      return { ...next, warnings: [...problems, ...found] }
    })
  }

  /** @param names that were applied. @throws ReadOnly, NothingThere, ChangeRefused, RevisionConflict, NotStored, NotReady */
  remove(names: readonly string[], options: ChangeOptions): Promise<Outcome> {
    return this.#change('delete', options, (before) => {
      for (const name of names) if (!before.documents.has(name)) throw this.#missing(name)
      const next = removed(before, names)
      return { ...next, warnings: [...this.#check(next, []), ...names.flatMap((name) => this.#again(name))] }
    })
  }

  /** @throws ReadOnly, NothingThere, ChangeRefused, RevisionConflict, NotStored, NotReady */
  async rollBack(revision: number, options: ChangeOptions): Promise<Outcome> {
    const earlier = await this.#log().read(revision)
    if (earlier === null) throw new NothingThere(`Revision ${revision} is not kept.`)
    return this.#change('rollback', options, (before) => {
      const next = rolledBack(before, earlier, options.now)
      const brought = next.changes.flatMap(({ after }) => after ?? [])
      return { ...next, warnings: [...this.#check(next, []), ...this.#configuration.changesBelow(brought)] }
    })
  }

  history(limit: number): Promise<ConfigurationRevision[]> {
    return this.#log().history(limit)
  }

  /** What a revision has changed. @throws NothingThere */
  async changesOf(revision: number): Promise<readonly Change[]> {
    const [before, after] = await Promise.all([this.#log().read(revision - 1), this.#log().read(revision)])
    if (after === null) throw new NothingThere(`Revision ${revision} is not kept.`)
    return changesBetween(before?.documents ?? new Map<string, ResourceDocument>(), after.documents)
  }

  /** One after the other: what is checked is what is stored. */
  #change(
    action: Author['action'],
    options: ChangeOptions,
    prepare: (before: AppliedState) => Prepared,
  ): Promise<Outcome> {
    const work = this.#turn.then(() => this.#tryChange(action, options, prepare))
    this.#turn = work.catch(() => undefined)
    return work
  }

  async #tryChange(
    action: Author['action'],
    options: ChangeOptions,
    prepare: (before: AppliedState) => Prepared,
  ): Promise<Outcome> {
    if (this.#readOnly !== null && options.dryRun !== true) throw new ReadOnly(this.#readOnly)
    if (!this.#configuration.inForce)
      throw new NotReady('The folder of this control plane has an error, or was not read yet.')
    for (let tries = 1; ; tries++) {
      const before = this.#log().state
      const { expectedRevision, dryRun = false, note } = options
      if (expectedRevision !== undefined && expectedRevision !== before.revision) {
        throw new RevisionConflict(`revision ${before.revision} is in force, not ${expectedRevision}`)
      }
      const { state, changes, warnings } = prepare(before)
      if (dryRun || changes.length === 0) return { revision: before.revision, changes, warnings }
      try {
        const at = new Date(options.now).toISOString()
        const author = { at, by: options.by, action, ...(note !== undefined && { note }) }
        await this.#log().append(state, author, changes)
        return { revision: state.revision, changes, warnings }
      } catch (error) {
        if (!(error instanceof RevisionConflict) || expectedRevision !== undefined || tries === TRIES) throw error
      }
    }
  }

  #check({ state }: NextState, submitted: readonly Resource[]): readonly Problem[] {
    const problems = this.#configuration.check(state, submitted, this.#services())
    if (problems.some(({ severity }) => severity === 'error')) throw new ChangeRefused(problems)
    return problems
  }

  /** What the folder does not have takes nobody's place. One that was read here and edited still stands for what it has replaced then. */
  #overFolder(document: ResourceDocument, wanted: boolean): ResourceDocument {
    const takesPlace = wanted || (isOverride(document) && !notesWhatItReplaced(document))
    const replaced = takesPlace ? this.#configuration.folderDocument(nameOfDocument(document)) : undefined
    return replaced === undefined ? document : asOverride(document, replaced)
  }

  /** What an override has left. */
  #again(name: string): Problem[] {
    const file = this.#configuration.fileOf(name)
    if (file === undefined) return []
    const message = 'the one of the folder is in force again'
    return [{ severity: 'warning', code: 'advice', resource: name, path: '', file, line: 1, column: 1, message }]
  }

  #missing(name: string): Error {
    const file = this.#configuration.fileOf(name)
    if (file === undefined) return new NothingThere(`${name} is not there.`)
    const message = `belongs to the folder (${file}): remove it from that file`
    return new ChangeRefused([
      { severity: 'error', code: 'refused', resource: name, path: '', file, line: 1, column: 1, message },
    ])
  }
}

function expectVersions(before: AppliedState, documents: readonly ResourceDocument[]): void {
  for (const document of documents) {
    const expected = document.metadata.resourceVersion
    const name = nameOfDocument(document)
    const present = before.documents.get(name)?.metadata.resourceVersion
    if (expected !== undefined && expected !== present) {
      throw new RevisionConflict(`${name} is at resourceVersion ${present ?? 'none'}, not ${expected}`)
    }
  }
}

const nothingIn = (files: readonly ConfigFile[]): Problem => {
  const file = files.map(({ name }) => name).join(', ')
  const message = 'holds no resource: nothing would be applied'
  return { severity: 'error', code: 'refused', resource: file, path: '', file, line: 1, column: 1, message }
}
