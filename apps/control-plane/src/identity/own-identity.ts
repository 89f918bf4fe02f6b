/**
 * The control plane's own certificate, issued in process and renewed at half of its life. Readers ask for the present one each time they
 * need it; what cannot ask again (a listening TLS server) is told.
 */
import { formatSpiffeId, type SpiffeId } from '@meshmart/mesh-policy'
import type { Logger } from 'pino'
import type { Audit } from './audit.ts'
import type { CertificateAuthority, IssuedCertificate } from './authority.ts'
import { generateKeyPair, privateKeyPem } from './keys.ts'

export interface TlsIdentity {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

const RETRY_MS = 1_000

export class OwnIdentity {
  readonly #authority: CertificateAuthority
  readonly #identity: SpiffeId
  readonly #hosts: readonly string[]
  readonly #log: Logger
  readonly #audit: Audit
  readonly #listeners: ((identity: TlsIdentity) => void)[] = []
  #current!: TlsIdentity
  #timer: NodeJS.Timeout | undefined

  private constructor(
    authority: CertificateAuthority,
    identity: SpiffeId,
    hosts: readonly string[],
    audit: Audit,
    log: Logger,
  ) {
    this.#authority = authority
    this.#identity = identity
    this.#hosts = hosts
    this.#audit = audit
    this.#log = log
  }

  static async start(
    authority: CertificateAuthority,
    identity: SpiffeId,
    hosts: readonly string[],
    audit: Audit,
    log: Logger,
  ): Promise<OwnIdentity> {
    const own = new OwnIdentity(authority, identity, hosts, audit, log)
    await own.#renew()
    return own
  }

  get current(): TlsIdentity {
    return this.#current
  }

  onRenewal(listener: (identity: TlsIdentity) => void): void {
    this.#listeners.push(listener)
  }

  /** Now: the authority signs with another key, or trusts other roots. */
  async renew(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#renew()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  async #renew(): Promise<void> {
    const keys = await generateKeyPair()
    const now = Date.now()
    const issued: IssuedCertificate = await this.#authority.issueOwn(keys, this.#identity, this.#hosts, now)
    this.#current = {
      cert: issued.certificateChain,
      key: await privateKeyPem(keys.privateKey),
      ca: issued.trustBundle,
    }
    const { notAfter, serialNumber, issuer } = issued
    const identity = formatSpiffeId(this.#identity)
    this.#audit.record({
      at: new Date(now).toISOString(),
      event: 'issued',
      identity,
      instance: this.#audit.replica,
      proof: 'self',
      serialNumber,
      notAfter,
      issuer,
    })
    for (const listener of this.#listeners) listener(this.#current)
    this.#renewIn((Date.parse(issued.notAfter) - now) / 2)
  }

  #renewIn(delayMs: number): void {
    // A timer holds at most 24.8 days; renewing sooner than at half of a longer life does no harm.
    this.#timer = setTimeout(
      () => {
        this.#renew().catch((error: unknown) => {
          this.#log.error({ err: error }, 'own certificate could not be renewed; trying again')
          this.#renewIn(RETRY_MS)
        })
      },
      Math.min(delayMs, 2 ** 31 - 1),
    )
    this.#timer.unref()
  }
}
