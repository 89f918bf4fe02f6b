/** What is asked: one connection, and the request on it, as seen from one place of the mesh. Everything is written out; defaults are the command's. */
import type { JwtClaims } from '@meshmart/mesh-policy'

export type Side = 'outbound' | 'gateway' | 'inbound'

export interface Question {
  /** Whose rules decide: the caller's sidecar, a gateway, or the sidecar of the workload that is called. */
  readonly side: Side
  /** Of that workload. */
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  /** Of that workload, where it is known: which endpoint it is. */
  readonly address: string | null
  readonly connection: AskedConnection
  /** Null where the connection carries no HTTP. */
  readonly request: AskedRequest | null
}

export interface AskedConnection {
  /** An address, or a name as the caller writes it. */
  readonly host: string
  readonly port: number
  readonly security: 'plaintext' | 'tls' | 'mtls'
  /** Server name that TLS asks for. */
  readonly sni: string | null
  /** SPIFFE id without `spiffe://`, of the certificate that the client shows. */
  readonly principal: string | null
  readonly sourceIp: string | null
}

export interface AskedRequest {
  readonly method: string
  /** Path and query as they were written. */
  readonly target: string
  /** The `Host` field. */
  readonly authority: string
  /** In lower case; in the order in which they came. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly http2: boolean
  /** A token that stands wherever the policy looks for one; null where it is only in the fields, if at all. */
  readonly token: string | null
  /** Claims that are to be taken as verified. */
  readonly claims: JwtClaims | null
}
