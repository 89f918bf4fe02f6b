/** Configuration over HTTPS: seen by readers, changed by operators alone. */
import type {
  ConfigurationChange,
  ConfigurationHistory,
  RevisionChanges,
  Rollout,
  SourcedResource,
  SourcedResources,
} from '@meshmart/contracts'
import { formatSpiffeId, type SpiffeId } from '@meshmart/mesh-policy'
import { z } from 'zod'
import {
  ChangeRefused,
  NothingThere,
  NotReady,
  ReadOnly,
  type ChangeOptions,
  type Changes,
  type Outcome,
} from '../config/changes.ts'
import type { Configuration } from '../config/configuration.ts'
import { formatName, nameOfDocument } from '../config/documents.ts'
import { NotStored, RevisionConflict } from '../config/revision-log.ts'
import type { Rollouts } from '../distribution/rollout.ts'
import { readBody, readResources } from './body.ts'
import { onlyOperators, onlyReaders } from './caller.ts'
import { HttpProblem } from './problem.ts'
import { duration, flag, wholeNumber, type Answer, type Call, type Route } from './route.ts'

/** Ten times what a large mesh has; more in one piece is a mistake. */
const MAX_BYTES = 8 * 1_048_576
const MAX_WAIT_MS = 60_000
const MAX_HISTORY = 200
const NEWEST = Number.MAX_SAFE_INTEGER

const Rollback = z.strictObject({ revision: z.int().min(0), note: z.string().max(500).optional() })
const Deletion = z.strictObject({
  resources: z
    .array(z.strictObject({ kind: z.string().min(1), namespace: z.string().min(1), name: z.string().min(1) }))
    .min(1),
})

export interface ConfigRouteParts {
  readonly changes: Changes
  readonly configuration: Configuration
  readonly rollouts: Rollouts
}

export function configRoutes({ changes, configuration, rollouts }: ConfigRouteParts): readonly Route[] {
  /** Makes the change, and waits for the sidecars where that is asked for. */
  const change = async (
    call: Call,
    make: (options: ChangeOptions) => Promise<Outcome>,
    dryRun = false,
  ): Promise<Answer> => {
    const operator = onlyOperators(call.peer)
    const options = optionsOf(call, operator, dryRun)
    const waitMs = duration(call.query, 'wait', MAX_WAIT_MS)
    const mark = rollouts.mark()
    const outcome = await make(options).catch(refusal)
    const follows = waitMs !== undefined && options.dryRun !== true && outcome.changes.length > 0
    const rollout = follows ? await rollouts.follow(outcome.revision, mark, waitMs) : undefined
    return { status: 200, body: described(outcome, options.dryRun === true, rollout) }
  }
  const apply = async (call: Call, dryRun: boolean): Promise<Answer> => {
    onlyOperators(call.peer)
    const files = await readResources(call.request, call.query.get('file') ?? 'apply', MAX_BYTES)
    return change(call, (options) => changes.apply(files, options), dryRun)
  }
  const one = (parameters: readonly string[]): { name: string; found: SourcedResource } => {
    const name = nameIn(parameters)
    const found = configuration.documents().get(name)
    if (found === undefined) throw new HttpProblem('not-found', { detail: `${name} is not there.` })
    return { name, found }
  }
  return [
    { method: 'POST', path: /^\/v1\/config\/apply$/, handle: (call) => apply(call, flag(call.query, 'dryRun')) },
    { method: 'POST', path: /^\/v1\/config\/diff$/, handle: (call) => apply(call, true) },
    {
      method: 'POST',
      path: /^\/v1\/config\/delete$/,
      handle: async (call) => {
        onlyOperators(call.peer)
        const { resources } = await readBody(call.request, Deletion, MAX_BYTES)
        return change(call, (options) => changes.remove(resources.map(formatName), options), flag(call.query, 'dryRun'))
      },
    },
    {
      method: 'POST',
      path: /^\/v1\/config\/rollback$/,
      handle: async (call) => {
        onlyOperators(call.peer)
        const { revision, note } = await readBody(call.request, Rollback, 16_384)
        const back = (options: ChangeOptions) => changes.rollBack(revision, { ...options, note: note ?? options.note })
        return change(call, back, flag(call.query, 'dryRun'))
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/config\/history$/,
      handle: async ({ peer, query }) => {
        onlyReaders(peer)
        const revisions = await changes.history(Math.max(1, wholeNumber(query, 'limit', MAX_HISTORY) ?? 20))
        return { status: 200, body: { revisions } satisfies ConfigurationHistory }
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/config\/history\/([^/]+)$/,
      handle: async ({ peer, parameters: [text = ''] }) => {
        onlyReaders(peer)
        const revision = wholeNumber(new URLSearchParams({ revision: text }), 'revision', NEWEST) ?? 0
        const body: RevisionChanges = { revision, changes: [...(await changes.changesOf(revision).catch(refusal))] }
        return { status: 200, body }
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/config$/,
      handle: ({ peer, query }) => {
        onlyReaders(peer)
        const wanted = ({ document: { kind, metadata } }: SourcedResource): boolean =>
          isAsked(query.get('kind'), kind) && isAsked(query.get('namespace'), metadata.namespace ?? 'default')
        const resources = [...configuration.documents().values()].filter(wanted).toSorted(byName)
        const body: SourcedResources = { revision: configuration.version.revision, resources }
        return { status: 200, body }
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/config\/([^/]+)\/([^/]+)\/([^/]+)$/,
      handle: ({ peer, parameters }) => {
        onlyReaders(peer)
        return { status: 200, body: one(parameters).found }
      },
    },
    {
      method: 'DELETE',
      path: /^\/v1\/config\/([^/]+)\/([^/]+)\/([^/]+)$/,
      handle: (call) =>
        change(call, (options) => changes.remove([nameIn(call.parameters)], options), flag(call.query, 'dryRun')),
    },
  ]
}

const nameIn = ([kind = '', namespace = '', name = '']: readonly string[]): string =>
  formatName({ kind, namespace, name })

const isAsked = (wanted: string | null, present: string): boolean =>
  wanted === null || wanted.toLowerCase() === present.toLowerCase()

function byName(a: SourcedResource, b: SourcedResource): number {
  return nameOfDocument(a.document) < nameOfDocument(b.document) ? -1 : 1
}

function optionsOf({ query }: Call, operator: SpiffeId, dryRun: boolean): ChangeOptions {
  const note = query.get('note')
  return {
    by: formatSpiffeId(operator),
    now: Date.now(),
    dryRun,
    override: flag(query, 'override'),
    expectedRevision: wholeNumber(query, 'expectedRevision', NEWEST),
    ...(note !== null && note !== '' && { note: note.slice(0, 500) }),
  }
}

function described(
  { revision, changes, warnings }: Outcome,
  dryRun: boolean,
  rollout: Rollout | undefined,
): ConfigurationChange {
  return { revision, dryRun, changes: [...changes], warnings: [...warnings], ...(rollout !== undefined && { rollout }) }
}

function refusal(error: unknown): never {
  if (error instanceof ChangeRefused) {
    throw new HttpProblem('configuration-refused', {
      detail: error.problems.map(({ resource, path, message }) => `${resource}: ${path} ${message}`).at(0) ?? '',
      problems: error.problems,
    })
  }
  if (error instanceof RevisionConflict) throw new HttpProblem('revision-conflict', { detail: `${error.message}.` })
  if (error instanceof ReadOnly) throw new HttpProblem('kept-elsewhere', { detail: error.message })
  if (error instanceof NotStored) throw new HttpProblem('not-stored', { detail: error.message })
  if (error instanceof NothingThere) throw new HttpProblem('not-found', { detail: error.message })
  if (error instanceof NotReady) throw new HttpProblem('not-ready', { detail: error.message })
  throw error
}
