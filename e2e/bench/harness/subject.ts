/** What can be measured: a program that runs as a proxy of one of three kinds, and how to ask it. */
import type { Authority, CertificateFiles } from './certificates.ts'
import type { Cores } from './cores.ts'
import type { Processes } from './processes.ts'
import type { Upstream } from './upstream.ts'

/**
 * As Istio divides the work between the two sides of a call:
 * - `outbound`: plain in, ten routes, retries, plain out;
 * - `inbound`: plain in, allow policy, plain out;
 * - `pair`: plain in, outbound side, mutual TLS, inbound side, plain out; two processes on the one core.
 * Access log to a file, metrics and trace context are on for all of them, where the subject has them.
 */
export type Kind = 'outbound' | 'inbound' | 'pair'

/** What every subject of one run shares. */
export interface Bench {
  readonly folder: string
  readonly cores: Cores
  readonly processes: Processes
  readonly upstream: Upstream
  readonly authority: Authority
  /** Port on loopback that takes OTLP/HTTP. */
  readonly traceSink: number
  readonly say: (line: string) => void
}
export interface Identity {
  readonly certificate: Pick<CertificateFiles, 'key' | 'chain'>
  readonly root: string
}
export interface Running {
  /** Plain HTTP on loopback. */
  readonly port: number
  /** Value of the Host field. */
  readonly host: string
  readonly pids: readonly number[]
  /** Each gets one line per request. */
  readonly accessLogs: readonly string[]
  /** Where it counts requests, and a word that must stand there. */
  readonly metrics: { readonly url: string; readonly contains: string } | null
  /** Whether `traceparent` must reach the upstream. */
  readonly traces: boolean
  /** Of a pair: the server side's own port, and who may call it. */
  readonly mtls: { readonly port: number; readonly client: Identity } | null
  stop(): Promise<void>
}
export interface Subject {
  readonly name: string
  readonly kinds: readonly Kind[]
  /** Programs on PATH. */
  readonly needs: readonly string[]
  /** Version as the program itself says it. Throws an error that says how to get it where it is missing. */
  version(): Promise<string>
  /** What is on, in words, for the report. */
  readonly features: string
  start(kind: Kind, bench: Bench): Promise<Running>
}

/** Nine rules that lead elsewhere, then the default: a request of the load passes all of them. */
export const elsewherePrefixes = Array.from({ length: 9 }, (_, index) => `/r${index}/`)
/** What the allow policy lets in. */
export const allowed = { methods: ['GET', 'POST'], pathPrefix: '/items/', account: 'gateway' } as const
