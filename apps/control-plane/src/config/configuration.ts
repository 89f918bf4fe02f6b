/**
 * The configuration in force. A folder with one error in it is refused as a whole: half of a change may open what the other half was to close.
 * What was last good stays in force, and each problem is told with its place. Compilation is kept until resources or services change.
 */
import {
  analyse,
  createCompiler,
  parseResources,
  type Compiler,
  type MeshService,
  type Problem,
  type Resource,
} from '@meshmart/istio-api'
import { formatSpiffeId } from '@meshmart/mesh-policy'
import type { Logger } from 'pino'
import type { RegisteredService } from '../registry/registry.ts'
import { serviceHost } from '../registry/lease.ts'
import { readFolder, type ConfigFile } from './folder.ts'

export class Configuration {
  readonly #directory: string
  readonly #trustDomain: string
  readonly #log: Logger
  #resources: readonly Resource[] | null = null
  #seen = ''
  #compiled: { readonly services: string; readonly compiler: Compiler } | null = null

  constructor(directory: string, trustDomain: string, log: Logger) {
    this.#directory = directory
    this.#trustDomain = trustDomain
    this.#log = log
  }

  /** False while no valid configuration was ever read. */
  get inForce(): boolean {
    return this.#resources !== null
  }

  /** Reads the folder; true if there is something new that is now in force. */
  async read(): Promise<boolean> {
    try {
      return this.#take(await readFolder(this.#directory))
    } catch (error) {
      // A file that goes away while it is read makes another change, and so another reading.
      this.#log.error({ err: error, directory: this.#directory }, 'configuration could not be read')
      return false
    }
  }

  /** What it means for these services; null while there is no valid configuration. */
  compiledFor(services: readonly RegisteredService[]): Compiler | null {
    if (this.#resources === null) return null
    const key = JSON.stringify(services)
    if (this.#compiled?.services !== key) {
      const model = {
        resources: this.#resources,
        services: services.map((service) => meshService(service, this.#trustDomain)),
        trustDomain: this.#trustDomain,
      }
      this.#compiled = { services: key, compiler: createCompiler(model) }
    }
    return this.#compiled.compiler
  }

  #take(files: readonly ConfigFile[]): boolean {
    const seen = JSON.stringify(files)
    if (seen === this.#seen) return false
    this.#seen = seen
    const parsed = files.map(({ name, text }) => parseResources(text, name))
    const resources = parsed.flatMap((file) => file.resources)
    const problems = [
      ...parsed.flatMap((file) => file.problems),
      // Only what is wrong whatever services there are: at start none has registered yet.
      ...analyse({ resources, services: [] }).filter(({ severity }) => severity === 'error'),
    ]
    for (const problem of problems) this.#tell(problem)
    if (problems.some(({ severity }) => severity === 'error')) {
      this.#log.error({ directory: this.#directory }, 'configuration refused; what was last good stays in force')
      return false
    }
    this.#resources = resources
    this.#compiled = null
    this.#log.info({ directory: this.#directory, resources: resources.length }, 'configuration in force')
    return true
  }

  #tell({ severity, file, line, column, resource, path, message }: Problem): void {
    const text = `${file}:${line}:${column}: ${resource}: ${path} ${message}`
    if (severity === 'error') this.#log.error({ file, line, column }, text)
    else this.#log.warn({ file, line, column }, text)
  }
}

const meshService = (registered: RegisteredService, trustDomain: string): MeshService => {
  const { namespace, service, ports, portNames } = registered
  return {
    host: serviceHost(namespace, service),
    namespace,
    name: service,
    ports,
    portNames,
    accounts: [formatSpiffeId({ trustDomain, namespace, account: service })],
  }
}
