/** What the suites are run against: a port that speaks HTTP/1.1, and what arrived at the service behind it. */
export interface Seen {
  readonly method: string
  readonly target: string
  /** As they came, one by one. */
  readonly fields: readonly (readonly [string, string])[]
}

export interface Target {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Requests that reached the service since `forget`, as a second strict parser (node's) framed them. */
  seen(): readonly Seen[]
  /** Connections on which that parser found something that is no HTTP. */
  malformed(): number
  forget(): void
  close(): Promise<void>
}

export type Suite = (target: Target) => Promise<readonly Outcome[]>

export interface Outcome {
  readonly name: string
  /** Why it failed; null where it passed. */
  readonly failure: string | null
  /** Passed although it is not what the suite wants: by which section of which RFC. */
  readonly deviation?: string
}
