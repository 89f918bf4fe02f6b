/** Everything that is watched, as one: what there is now, whether all of it is known, and whether the API is heard at the moment. */
import type { Logger } from 'pino'
import type { KubernetesApi, KubernetesObject } from './api.ts'
import { Reflector } from './reflector.ts'
import { ISTIO_TYPES, MESH_CONFIG, pathOf, SERVICES, type WatchedType } from './watched-types.ts'

export interface InformersOptions {
  readonly api: KubernetesApi
  /** Empty: all of them. */
  readonly namespaces: readonly string[]
  readonly log: Logger
  readonly changed: (type: WatchedType) => void
}
export interface WatchedObject {
  readonly type: WatchedType
  readonly object: KubernetesObject
}

export class Informers {
  readonly #reflectors: readonly { readonly type: WatchedType; readonly reflector: Reflector }[]
  readonly #log: Logger
  readonly #lost = new Set<string>()

  constructor({ api, namespaces, log, changed }: InformersOptions) {
    this.#log = log
    const types = [...ISTIO_TYPES, SERVICES]
    const paths = types.flatMap((type) =>
      namespaces.length === 0
        ? [{ type, path: pathOf(type) }]
        : namespaces.map((namespace) => ({ type, path: pathOf(type, namespace) })),
    )
    const single = { type: MESH_CONFIG, path: pathOf(MESH_CONFIG, MESH_CONFIG.only?.namespace) }
    this.#reflectors = [...paths, single].map(({ type, path }) => {
      const told = (problem: string | null): void => this.#told(path, problem)
      const options = { api, path, name: type.only?.name, changed: () => changed(type), told }
      return { type, reflector: new Reflector(options) }
    })
  }

  /** Whether each of them was listed once: before, what is missing and what was deleted look the same. */
  get synced(): boolean {
    return this.#reflectors.every(({ reflector }) => reflector.synced)
  }

  /** Null where everything is followed. */
  get problem(): string | null {
    return this.#reflectors.map(({ reflector }) => reflector.problem).find((problem) => problem !== null) ?? null
  }

  /** Istio's resources and the mesh configuration. */
  get resources(): WatchedObject[] {
    return this.#objects(({ type }) => type !== SERVICES)
  }

  get services(): KubernetesObject[] {
    return this.#objects(({ type }) => type === SERVICES).map(({ object }) => object)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#reflectors.map(({ reflector }) => reflector.stop()))
  }

  #objects(wanted: (each: { type: WatchedType }) => boolean): WatchedObject[] {
    return this.#reflectors.filter(wanted).flatMap(({ type, reflector }) => {
      return [...reflector.objects].map((object) => ({ type, object }))
    })
  }

  /** A server that goes away takes all watches along: that is said once. */
  #told(path: string, problem: string | null): void {
    const wasWell = this.#lost.size === 0
    if (problem === null) this.#lost.delete(path)
    else this.#lost.add(path)
    if (problem !== null) {
      const text = 'the Kubernetes API cannot be followed; going on with what was last known'
      if (wasWell) this.#log.warn({ problem }, text)
      else this.#log.debug({ problem }, text)
    } else if (!wasWell && this.#lost.size === 0) this.#log.info('the Kubernetes API is followed again')
  }
}
