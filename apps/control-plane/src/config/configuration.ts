/**
 * The configuration in force: what the folder says and what was applied, side by side. Either is taken whole or not at all: half of a change may open what
 * the other half was to close. What was last good stays in force, and each problem is told with its place. A change of resources or
 * services compiles what it touches.
 */
import type { ResourceDocument, SourcedResource } from '@meshmart/contracts'
import {
  analyse,
  createCompiler,
  nameOf,
  parseDocument,
  refusals,
  type Compiler,
  type MeshService,
  type Problem,
  type Resource,
} from '@meshmart/istio-api'
import { formatSpiffeId } from '@meshmart/mesh-policy'
import type { Logger } from 'pino'
import type { RegisteredService } from '../registry/registry.ts'
import { serviceHost } from '../registry/lease.ts'
import { NOTHING_APPLIED, type AppliedState } from './applied.ts'
import { ChangesBelow, warningOf } from './changes-below.ts'
import { readFolders } from './folder.ts'
import { digestOf, documentIn, documentsOf, readFiles, type FolderContent } from './folder-source.ts'
import { besideApplied, changeBelow, isOverride, overrideWarning } from './overrides.ts'

/** Where what is no file's comes from: through this program, or through Kubernetes; never both. */
export type Origin = 'applied' | 'kubernetes'

export class Configuration {
  /** Null where Kubernetes is the source. */
  readonly #directories: readonly string[] | null
  readonly #trustDomain: string
  readonly #log: Logger
  #seen = ''
  #folder: FolderContent | null = null
  #applied = NOTHING_APPLIED
  /** Of applied documents, by the document itself: most stay as they are from one revision to the next. */
  readonly #parsed = new Map<ResourceDocument, readonly Resource[]>()
  readonly #meshServices = new WeakMap<RegisteredService, MeshService>()
  #resources: readonly Resource[] | null = null
  #refused: string | null = null
  readonly #below = new ChangesBelow()
  /** What `check` found nothing wrong with: it is not analysed again when it comes into force. */
  #checked: { readonly folder: FolderContent | null; readonly state: AppliedState } | null = null
  #compiled: {
    readonly services: readonly RegisteredService[]
    readonly resources: readonly Resource[]
    readonly compiler: Compiler
  } | null = null

  /** @param directories the folders; null where Kubernetes is the source, and there are none */
  constructor(directories: readonly string[] | null, trustDomain: string, log: Logger) {
    this.#directories = directories
    if (directories === null) this.#folder = NO_FOLDER
    this.#trustDomain = trustDomain
    this.#log = log
  }

  /** False while no valid configuration was ever read. */
  get inForce(): boolean {
    return this.#resources !== null
  }

  /** Revision of what was applied, and digest of the folder, that are in force. */
  get version(): { readonly revision: number; readonly folder: string } {
    return { revision: this.#applied.revision, folder: this.#folder?.digest ?? '' }
  }

  /** Why what was applied last is not in force here; null where it is. */
  get refused(): string | null {
    return this.#refused
  }

  /** Reads the folder; true if there is something new that is now in force. */
  async read(): Promise<boolean> {
    if (this.#directories === null) return false
    try {
      const files = await readFolders(this.#directories)
      const digest = digestOf(files)
      if (digest === this.#seen) return false
      this.#seen = digest
      const { content, problems } = readFiles(files)
      const clashes = content.resources.filter((each) => this.#clashes(nameOf(each))).map(appliedToo)
      return this.#take(content, this.#applied, [...problems, ...clashes], { directories: this.#directories })
    } catch (error) {
      // A file that goes away while it is read makes another change, and so another reading.
      this.#log.error({ err: error, directories: this.#directories }, 'configuration could not be read')
      return false
    }
  }

  /** What was applied, here or at the other replica; true if it is now in force. */
  take(state: AppliedState): boolean {
    if (state.revision === this.#applied.revision && state.documents === this.#applied.documents) return false
    const problems = [...state.documents.values()].flatMap((document) => this.#problemsOf(document))
    const taken = this.#take(this.#folder, state, problems, { revision: state.revision })
    this.#refused =
      taken || this.#folder === null ? null : `revision ${state.revision} is not in force here: see the log`
    return taken
  }

  /** The file that a resource comes from; undefined where the folder does not hold it. */
  fileOf(name: string): string | undefined {
    return this.#folder?.files.get(name)
  }

  /** What the folder says under this name, in force or not. */
  folderDocument(name: string): ResourceDocument | undefined {
    return this.#folder === null ? undefined : documentIn(this.#folder, name)
  }

  /** Everything that is in force, by name. */
  documents(): Map<string, SourcedResource> {
    const folder = documentsOf(this.#folder ?? NO_FOLDER)
    return new Map<string, SourcedResource>([
      ...[...folder].map(([name, { document, file }]) => [name, { source: 'folder', file, document }] as const),
      ...[...this.#applied.documents].map(([name, document]) => {
        const overrides = this.fileOf(name)
        const folderChange = changeBelow(document, () => folder.get(name)?.document)
        const over = {
          ...(overrides !== undefined && { overrides }),
          ...(folderChange !== undefined && { folderChange }),
        }
        return [name, { source: this.#origin, ...over, document }] as const
      }),
    ])
  }

  /**
   * What would be wrong with the folder and `state` together. An error is wrong whatever services there are, a warning may also be about those of now.
   * @param submitted resources of `state` as they were just read, whose places are those of their author
   */
  check(state: AppliedState, submitted: readonly Resource[], services: readonly RegisteredService[]): Problem[] {
    const own = new Map(submitted.map((each) => [nameOf(each), each]))
    const clashes = [...state.documents].flatMap(([name, document]) => this.#clash(name, document, own))
    const rest = [...state.documents].filter(([name]) => !own.has(name)).map(([, document]) => document)
    const applied = [...rest.flatMap((each) => this.#read(each)), ...submitted]
    const problems = this.#analyse(state, applied, services, clashes)
    const [errors, warnings] = [problems.filter(isError), problems.filter((each) => !isError(each))]
    const replacing = submitted.flatMap((each) => {
      const name = nameOf(each)
      const file = this.fileOf(name)
      const document = state.documents.get(name)
      if (file === undefined || document === undefined || clashes.length > 0) return []
      const since =
        changeBelow(document, () => this.folderDocument(name)) === 'changed' ? '; that one has changed since' : ''
      return [overrideWarning(each, `takes the place of the folder's (${file}) until it is deleted${since}`)]
    })
    return [...errors, ...replacing, ...warnings.filter(({ resource }) => own.has(resource))]
  }

  /** Where the folder's of these was changed since their place was taken, which has no effect. */
  changesBelow(documents: readonly ResourceDocument[]): Problem[] {
    return documents.flatMap((document) => warningOf(this.#folder ?? NO_FOLDER, document) ?? [])
  }

  /** The same, with the warnings about all resources of `state`. */
  checkAll(state: AppliedState, services: readonly RegisteredService[]): Problem[] {
    const applied = [...state.documents.values()].flatMap((each) => this.#read(each))
    return this.#analyse(state, applied, services, [])
  }

  #analyse(
    state: AppliedState,
    applied: readonly Resource[],
    services: readonly RegisteredService[],
    clashes: readonly Problem[],
  ): Problem[] {
    const resources = [...besideApplied(this.#folder?.resources ?? [], state), ...applied]
    const found = analyse({ resources, services: services.map((each) => this.#meshService(each)) })
    if (clashes.length === 0 && !found.some(isError)) this.#checked = { folder: this.#folder, state }
    return [...clashes, ...found]
  }

  /**
   * What it means for these services; null while there is no valid configuration.
   * @param services the very same list as before where nothing in it has changed, and of a service that has not changed the very same description
   */
  compiledFor(services: readonly RegisteredService[]): Compiler | null {
    const resources = this.#resources
    if (resources === null) return null
    const before = this.#compiled
    if (before?.services === services && before.resources === resources) return before.compiler
    const model = {
      resources,
      services: services.map((each) => this.#meshService(each)),
      trustDomain: this.#trustDomain,
    }
    // It takes over what the change does not touch.
    const compiler = createCompiler(model, before?.compiler)
    this.#compiled = { services, resources, compiler }
    return compiler
  }

  #take(folder: FolderContent | null, state: AppliedState, found: readonly Problem[], what: object): boolean {
    const resources = [
      ...besideApplied(folder?.resources ?? [], state),
      ...[...state.documents.values()].flatMap((document) => this.#read(document)),
    ]
    const isChecked = this.#checked?.folder === folder && this.#checked.state === state
    const problems = [
      ...found,
      // Only what is wrong whatever services there are: at start none has registered yet.
      ...(isChecked ? [] : refusals(resources)),
    ]
    for (const problem of problems) this.#tell(problem)
    if (problems.some(({ severity }) => severity === 'error')) {
      this.#log.error(what, 'configuration refused; what was last good stays in force')
      return false
    }
    this.#folder = folder
    this.#applied = state
    const kept = new Set(state.documents.values())
    for (const document of this.#parsed.keys()) if (!kept.has(document)) this.#parsed.delete(document)
    // Without the folder's word (it was broken from the start) half of what is meant would be in force.
    if (folder === null) return false
    this.#resources = resources
    for (const warning of this.#below.news(folder, state)) this.#tell(warning)
    this.#log.info({ ...what, resources: resources.length }, 'configuration in force')
    return true
  }

  get #origin(): Origin {
    return this.#directories === null ? 'kubernetes' : 'applied'
  }

  /** The same for the same: whoever compares two lists of services then sees at once what is in both. */
  #meshService(registered: RegisteredService): MeshService {
    const known = this.#meshServices.get(registered)
    if (known !== undefined) return known
    const service = meshService(registered, this.#trustDomain)
    this.#meshServices.set(registered, service)
    return service
  }

  #read(document: ResourceDocument): readonly Resource[] {
    const known = this.#parsed.get(document)
    if (known !== undefined) return known
    const { resources } = parseDocument(document, this.#origin)
    this.#parsed.set(document, resources)
    return resources
  }

  /** A rule that came with a new version of this program may refuse what an earlier one has let in. */
  #problemsOf(document: ResourceDocument): readonly Problem[] {
    return this.#read(document).length > 0 ? [] : parseDocument(document, this.#origin).problems
  }

  #clashes(name: string): boolean {
    const document = this.#applied.documents.get(name)
    return document !== undefined && !isOverride(document)
  }

  #clash(name: string, document: ResourceDocument, submitted: ReadonlyMap<string, Resource>): Problem[] {
    const file = this.fileOf(name)
    if (file === undefined || isOverride(document)) return []
    const resource = submitted.get(name)
    const place = resource?.origin.locate(['metadata', 'name']) ?? { line: 1, column: 1 }
    const message = `belongs to the folder (${file}): change that file, or apply with --override to take its place`
    return [problem(name, resource?.origin.file ?? 'applied', place, message)]
  }

  #tell({ severity, file, line, column, resource, path, message }: Problem): void {
    const text = `${file}:${line}:${column}: ${resource}: ${path} ${message}`
    if (severity === 'error') this.#log.error({ file, line, column }, text)
    else this.#log.warn({ file, line, column }, text)
  }
}

const isError = ({ severity }: Problem): boolean => severity === 'error'

const NO_FOLDER: FolderContent = { digest: '', resources: [], files: new Map(), texts: [] }

function appliedToo(resource: Resource): Problem {
  const place = resource.origin.locate(['metadata', 'name'])
  return problem(
    nameOf(resource),
    resource.origin.file,
    place,
    'was applied as well: delete it there, or take it out here',
  )
}

const problem = (
  resource: string,
  file: string,
  { line, column }: { line: number; column: number },
  message: string,
): Problem => ({ severity: 'error', code: 'refused', resource, path: 'metadata.name', file, line, column, message })

const meshService = (registered: RegisteredService, trustDomain: string): MeshService => {
  const { namespace, service, definition } = registered
  const { ports: defined = [], portNames: named, ...described } = definition ?? {}
  return {
    host: serviceHost(namespace, service),
    namespace,
    name: service,
    // A replica may serve more ports than its Service names; their protocols are those that the Service says.
    ports: [...new Set([...registered.ports, ...defined])].toSorted((a, b) => a - b),
    portNames: { ...registered.portNames, ...named },
    ...described,
    // The one label that is the control plane's own word, and not that of a lease.
    selector: { app: service },
    accounts: [formatSpiffeId({ trustDomain, namespace, account: service })],
  }
}
