/** Fastify answers 404 for a known path with the wrong method. This remembers which methods each path has, so that the answer can be 405. */
import type { FastifyInstance } from 'fastify'

export class RouteTable {
  readonly #routes: { path: RegExp; methods: Set<string> }[] = []

  /** Call it before any route is added. */
  watch(fastify: Pick<FastifyInstance, 'addHook'>): void {
    fastify.addHook('onRoute', ({ url, method }) => this.add(url, Array.isArray(method) ? method : [method]))
  }

  add(pattern: string, methods: readonly string[]): void {
    const source = pattern
      .split('/')
      .map((part) =>
        part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      )
      .join('/')
    this.#routes.push({ path: new RegExp(`^${source}$`), methods: new Set(methods) })
  }

  /** Methods that the path of this request target answers, sorted; empty where nothing answers. */
  methodsOf(target: string): string[] {
    const path = target.split('?', 1)[0] ?? ''
    const methods = this.#routes.filter((route) => route.path.test(path)).flatMap((route) => [...route.methods])
    return [...new Set(methods)].sort()
  }
}
