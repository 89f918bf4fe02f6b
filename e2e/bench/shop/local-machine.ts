/**
 * What the bench borrows of `npm start` (infra/local), so that a shop under measurement is started with the very same servers, settings and
 * secrets. infra/local is a program and no library: it has no door that could be imported by name, so what is used of it is written down here.
 */
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { clone } from '../../testing/shop-under-test.ts'

export interface Launch {
  readonly spawn: (stdio: StdioOptions) => ChildProcess
  readonly signal: NodeJS.Signals
  readonly ready: () => Promise<boolean>
}
/** What has a program of ours and is no workload of the mesh. */
export interface Part {
  readonly kind: string
  readonly name: string
  readonly entry: string
}
export interface Workload {
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly replicas: number
  readonly entry: string
}
/** As `npm start` and `npm start -- --placement process` tell a replica where to listen. */
export type Doors =
  | { readonly placement: 'embedded'; readonly admin: number }
  | {
      readonly placement: 'process'
      readonly admin: number
      readonly outbound: number
      readonly app: number
      readonly appAdmin: number
    }
export interface Machine {
  readonly settings: object
  readonly home: { readonly secrets: string; readonly logs: string; readonly cache: string }
  readonly ports: Ports
  readonly say: (line: string) => void
}
export interface Ports {
  readonly postgres: number
  readonly nats: number
  readonly natsMonitor: number
  /** Of each replica. */
  readonly controlPlanes: readonly number[]
  readonly acquirer: number
  readonly acquirerAdmin: number
  readonly mailboxSmtp: number
  readonly mailboxHttp: number
  readonly mailboxAdmin: number
}

export interface LocalMachine {
  readonly workloads: readonly Workload[]
  readonly topology: readonly Part[]
  readSettings(environment: NodeJS.ProcessEnv): object
  homeOf(settings: object): Machine['home']
  secret(file: string): string
  answers(url: string): Promise<boolean>
  runTask(name: string, args: readonly string[], machine: Machine): Promise<void>
  launchPostgres(machine: Machine): Promise<Launch>
  launchNats(machine: Machine): Promise<Launch>
  launchControlPlane(workload: Workload, replica: number, machine: Machine): Launch
  prepareAcquirer(home: Machine['home'], port: number): void
  prepareMailbox(home: Machine['home'], port: number): void
  launchOutsider(part: Part, machine: Machine): Launch
  serviceEnvironment(workload: Workload, replica: number, doors: Doors, machine: Machine): Record<string, string>
}

export async function localMachine(): Promise<LocalMachine> {
  const modules = ['topology', 'settings', 'home', 'secrets', 'acquirer', 'mailbox', 'launch', 'environment'].map(
    (name) => import(pathToFileURL(join(clone, `infra/local/${name}.ts`)).href) as Promise<Partial<LocalMachine>>,
  )
  return Object.assign({}, ...(await Promise.all(modules))) as LocalMachine
}
