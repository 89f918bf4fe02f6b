/**
 * Who gets which certificate. A join token or the current client certificate stands for exactly one identity, and a CSR for any other is
 * refused: nobody can ask for a neighbour's name. Whoever is denied gets none. Each certificate and each refusal is on record.
 */
import { formatSpiffeId, type SpiffeId } from '@meshmart/mesh-policy'
import type { Audit } from './audit.ts'
import { CsrRefused, type CertificateAuthority, type IssuedCertificate } from './authority.ts'
import type { Denials } from './denials.ts'
import type { JoinTokens } from './join-tokens.ts'

export interface CertificateRequest {
  readonly csr: string
  readonly token?: string | undefined
  /** Replica, as it calls itself: for the record alone. */
  readonly instance?: string | undefined
}
/** Neither token nor certificate names a workload, or the workload is denied. */
export class NotIdentified extends Error {}

export interface IssuanceParts {
  readonly authority: CertificateAuthority
  readonly tokens: JoinTokens
  readonly denials: Denials
  readonly audit: Audit
  readonly trustDomain: string
}

export class Issuance {
  readonly #parts: IssuanceParts

  constructor(parts: IssuanceParts) {
    this.#parts = parts
  }

  /**
   * @param peer identity of a verified client certificate, null without one. A token speaks first.
   * @param now ms since 1970
   * @throws NotIdentified, CsrRefused
   */
  async issue(request: CertificateRequest, peer: SpiffeId | null, now: number): Promise<IssuedCertificate> {
    const { authority, denials, audit } = this.#parts
    const proof = request.token === undefined ? 'certificate' : 'token'
    const identity = request.token === undefined ? peer : this.#byToken(request.token)
    const entry = {
      at: new Date(now).toISOString(),
      identity: identity && formatSpiffeId(identity),
      ...(request.instance !== undefined && { instance: request.instance }),
      proof,
    } as const
    try {
      if (identity === null) throw new NotIdentified(`the ${proof} stands for no workload of this mesh`)
      if (denials.has(identity)) throw new NotIdentified(`${formatSpiffeId(identity)} is denied`)
      const issued = await authority.sign(request.csr, identity, now)
      const { serialNumber, notAfter, issuer } = issued
      audit.record({ ...entry, event: 'issued', serialNumber, notAfter, issuer })
      return issued
    } catch (error) {
      if (error instanceof CsrRefused || error instanceof NotIdentified)
        audit.record({ ...entry, event: 'refused', reason: error.message })
      throw error
    }
  }

  #byToken(token: string): SpiffeId | null {
    const workload = this.#parts.tokens.identify(token)
    return workload && { trustDomain: this.#parts.trustDomain, ...workload }
  }
}
