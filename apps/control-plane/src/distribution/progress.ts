/**
 * How far each revision of the configuration has come, without asking anybody: which snapshots it has written, and which of the sidecars that follow them have
 * spoken of that version or a later one. A revision whose sidecars have all accepted is forgotten; everything before it is then known to run.
 */
import type { Follower } from './acknowledgements.ts'

export interface Reach {
  /** Whether everything of it is in the bucket. */
  readonly published: boolean
  /** Pairs of sidecar and snapshot that it concerns; with none missing or refused it runs everywhere. */
  readonly concerned: number
  readonly missing: readonly Follower[]
  readonly refused: readonly Follower[]
}
interface Pending {
  readonly revision: number
  /** Key → its version when the revision was published. */
  readonly wanted: ReadonlyMap<string, number>
}

/** A sidecar that never answers must not make this grow; of older ones the newest tells most. */
const MAX_PENDING = 50
const NOT_PUBLISHED: Reach = { published: false, concerned: 0, missing: [], refused: [] }
const EVERYWHERE: Reach = { published: true, concerned: 0, missing: [], refused: [] }

export class Progress {
  #published = 0
  /** What is written later belongs to the next revision. */
  #after = 0
  #pending: readonly Pending[] = []

  /**
   * @param published the revision that is wholly in the bucket
   * @param latest where the bucket is now
   * @param changedSince key → version, of what was written after a place in the bucket
   */
  saw(published: number, latest: number, changedSince: (after: number) => ReadonlyMap<string, number>): void {
    if (published <= this.#published) return
    this.#pending = [...this.#pending, { revision: published, wanted: changedSince(this.#after) }].slice(-MAX_PENDING)
    this.#published = published
    this.#after = latest
  }

  /** @param revision in which something was changed. @param followersOf who follows one of these keys, with what was heard last */
  reach(revision: number, followersOf: (keys: readonly string[]) => readonly Follower[]): Reach {
    if (revision > this.#published) return NOT_PUBLISHED
    const pending = this.#pending.find((each) => each.revision >= revision)
    if (pending === undefined) return EVERYWHERE
    const reach = reachOf(pending, followersOf([...pending.wanted.keys()]))
    if (reach.missing.length + reach.refused.length === 0)
      this.#pending = this.#pending.filter((each) => each !== pending)
    return reach
  }
}

function reachOf({ wanted }: Pending, concerned: readonly Follower[]): Reach {
  const hasSpoken = ({ key, heard }: Follower): boolean => heard.revision >= (wanted.get(key) ?? 0)
  return {
    published: true,
    concerned: concerned.length,
    missing: concerned.filter((each) => !hasSpoken(each)),
    refused: concerned.filter((each) => hasSpoken(each) && !each.heard.accepted),
  }
}
