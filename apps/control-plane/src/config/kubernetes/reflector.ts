/**
 * One type of object as the API server has it, kept up to date: a list, then a watch from there on. Whatever goes wrong, what was last known stays; the
 * watch goes on where it ended, and only where the server no longer knows that version (410) is everything listed again.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { delayMs } from '@meshmart/mesh-policy'
import { ApiError, type KubernetesApi, type KubernetesObject, type WatchEvent } from './api.ts'

export interface ReflectorOptions {
  readonly api: KubernetesApi
  /** `/apis/networking.istio.io/v1/gateways` */
  readonly path: string
  /** Only the object of this name. */
  readonly name?: string | undefined
  /** Something is not as it was, or is known for the first time. */
  readonly changed: () => void
  /** Why it cannot follow now, told once; null when it can again. */
  readonly told: (problem: string | null) => void
}

const PAGE = '500'
/** The server ends a watch after so long, at random so that not all are renewed at once. */
const WATCH_SECONDS = 300
/** A watch that ends sooner does not count as one that works, whatever it has said: a server that ends each of them at once must not be asked without a pause. */
const WORKS_AFTER_MS = 1_000
/** Ends of that kind in a row, with something said, that are none of an operator's business: a server that is being renewed ends its watches, too. */
const ENDS_UNTOLD = 3
/** Never in step with the other watches that have lost the same server. */
const BACK_OFF = { firstMs: 250, factor: 2, maxMs: 5_000 }

export class Reflector {
  readonly #options: ReflectorOptions
  readonly #end = new AbortController()
  #objects = new Map<string, KubernetesObject>()
  /** Null where everything has to be listed. */
  #version: string | null = null
  #synced = false
  #problem: string | null = null
  #failures = 0
  readonly #running: Promise<void>

  constructor(options: ReflectorOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** Whether it was listed once. */
  get synced(): boolean {
    return this.#synced
  }

  get problem(): string | null {
    return this.#problem
  }

  get objects(): Iterable<KubernetesObject> {
    return this.#objects.values()
  }

  async stop(): Promise<void> {
    this.#end.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      try {
        if (this.#version === null) await this.#list()
        await this.#watch(this.#version ?? '')
      } catch (error) {
        if (signal.aborted) return
        this.#failed(error as Error)
      }
      if (this.#failures === 0) continue
      await pause(delayMs(BACK_OFF, this.#failures, Math.random), null, { signal }).catch(() => undefined)
    }
  }

  #failed(error: Error): void {
    this.#failures++
    if (error instanceof ApiError && error.status === 410) {
      // That is no trouble of the server's: what it keeps of the past has an end.
      this.#version = null
      return
    }
    const problem = `${this.#options.path}: ${error.message || error.name}`
    if (this.#problem === problem) return
    this.#problem = problem
    this.#options.told(problem)
  }

  #answered(): void {
    if (this.#problem === null) return
    this.#problem = null
    this.#options.told(null)
  }

  async #list(): Promise<void> {
    const { api, path } = this.#options
    const objects = new Map<string, KubernetesObject>()
    let version = ''
    let next: string | undefined
    do {
      const query = { ...this.#selected(), limit: PAGE, ...(next !== undefined && { continue: next }) }
      const { metadata, items } = await api.list(path, query)
      for (const object of items) objects.set(keyOf(object), trimmed(object))
      version = metadata.resourceVersion
      next = metadata.continue === '' ? undefined : metadata.continue
    } while (next !== undefined)
    this.#objects = objects
    this.#version = version
    this.#synced = true
    this.#answered()
    this.#options.changed()
  }

  async #watch(from: string): Promise<void> {
    const { api, path } = this.#options
    const query = {
      ...this.#selected(),
      resourceVersion: from,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(Math.round(WATCH_SECONDS * (1 + Math.random()))),
    }
    const events = await api.watch(path, query, this.#end.signal)
    let works = false
    let hasSpoken = false
    const timer = setTimeout(() => {
      works = true
      this.#failures = 0
      this.#answered()
    }, WORKS_AFTER_MS)
    try {
      for await (const event of events) {
        this.#take(event)
        hasSpoken = true
      }
    } finally {
      clearTimeout(timer)
    }
    if (works) return
    if (!hasSpoken || this.#failures >= ENDS_UNTOLD) throw new Error('the watch ends at once')
    this.#failures++
  }

  #take({ type, object }: WatchEvent): void {
    this.#version = object.metadata.resourceVersion ?? this.#version
    if (type === 'BOOKMARK') return
    if (type === 'DELETED') this.#objects.delete(keyOf(object))
    else this.#objects.set(keyOf(object), trimmed(object))
    this.#options.changed()
  }

  #selected(): Record<string, string> {
    const { name } = this.#options
    return name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }
  }
}

const keyOf = ({ metadata: { namespace, name } }: KubernetesObject): string => `${namespace ?? ''}/${name}`

/** Who has set which field is as long as the fields themselves, and nobody here asks. */
function trimmed(object: KubernetesObject): KubernetesObject {
  const { managedFields: _managedFields, ...metadata } = object.metadata
  return { ...object, metadata }
}
