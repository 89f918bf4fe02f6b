/** What the control plane has on record about certificates. */
export interface AuditEntry {
  readonly at: string
  readonly event: 'issued' | 'refused' | 'denied' | 'allowed'
  readonly identity: string | null
  readonly instance?: string
  readonly proof?: string
  readonly serialNumber?: string
  readonly notAfter?: string
  readonly issuer?: string
  readonly reason?: string
  readonly by?: string
}
export interface Issuer {
  /** SHA-256 of the issuing certificate. */
  readonly issuer: string
  readonly signsNow: boolean
  /** Replicas that run on a certificate of it. */
  readonly valid: number
}
export interface Certificates {
  readonly issuers: readonly Issuer[]
  readonly entries: readonly AuditEntry[]
}
