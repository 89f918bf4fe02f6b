/**
 * Who gets which certificate. A join token or the current client certificate stands for exactly one identity, and a CSR for any other is
 * refused: nobody can ask for a neighbour's name. Each certificate and each refusal leaves one audit line.
 */
import { formatSpiffeId, type SpiffeId } from '@meshmart/mesh-policy'
import type { Logger } from 'pino'
import { CsrRefused, type CertificateAuthority, type IssuedCertificate } from './authority.ts'
import type { JoinTokens } from './join-tokens.ts'

export interface CertificateRequest {
  readonly csr: string
  readonly token?: string | undefined
}
/** Neither token nor certificate names a workload. */
export class NotIdentified extends Error {}

export class Issuance {
  readonly #authority: CertificateAuthority
  readonly #tokens: JoinTokens
  readonly #trustDomain: string
  readonly #log: Logger

  constructor(authority: CertificateAuthority, tokens: JoinTokens, trustDomain: string, log: Logger) {
    this.#authority = authority
    this.#tokens = tokens
    this.#trustDomain = trustDomain
    this.#log = log
  }

  /**
   * @param peer identity of a verified client certificate, null without one. A token speaks first.
   * @throws NotIdentified, CsrRefused
   */
  async issue(request: CertificateRequest, peer: SpiffeId | null, now: number): Promise<IssuedCertificate> {
    const proof = request.token === undefined ? 'certificate' : 'token'
    const identity = request.token === undefined ? peer : this.#byToken(request.token)
    try {
      if (identity === null) throw new NotIdentified(`the ${proof} stands for no workload of this mesh`)
      const issued = await this.#authority.sign(request.csr, identity, now)
      this.#log.info(
        {
          audit: 'certificate-issued',
          identity: formatSpiffeId(identity),
          proof,
          serialNumber: issued.serialNumber,
          notAfter: issued.notAfter,
        },
        'certificate issued',
      )
      return issued
    } catch (error) {
      if (error instanceof CsrRefused || error instanceof NotIdentified)
        this.#log.warn(
          {
            audit: 'certificate-refused',
            identity: identity && formatSpiffeId(identity),
            proof,
            reason: error.message,
          },
          'certificate refused',
        )
      throw error
    }
  }

  #byToken(token: string): SpiffeId | null {
    const workload = this.#tokens.identify(token)
    return workload && { trustDomain: this.#trustDomain, ...workload }
  }
}
