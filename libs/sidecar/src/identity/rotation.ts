/**
 * Renews the certificate at half of its life, a little earlier or later by chance, so that replicas that started together do not renew together. A renewal
 * that fails is tried again with growing pauses: there is half a life left, and traffic goes on with the certificate of today.
 */
import { reasonOf, type SidecarLog } from '../log.ts'
import { CertificateRefused, type CertificateProof } from './certificate-client.ts'
import { trustOnly, type Svid, type WorkloadIdentity } from './workload-identity.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** setTimeout takes no more than a signed 32-bit number. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** @param random in [0, 1). @returns milliseconds from now: between 45 % and 55 % of the life */
export function renewalDelayMs(svid: Pick<Svid, 'notBefore' | 'notAfter'>, now: number, random: number): number {
  const start = svid.notBefore.getTime()
  const life = svid.notAfter.getTime() - start
  return Math.min(Math.max(0, start + life * (0.45 + random * 0.1) - now), LONGEST_TIMER_MS)
}

export class CertificateRotation {
  readonly #identity: WorkloadIdentity
  readonly #request: (proof: CertificateProof) => Promise<Svid>
  readonly #joinToken: () => Promise<string>
  readonly #log: SidecarLog
  #timer: NodeJS.Timeout | null = null
  #failures = 0
  #closed = false

  constructor(options: {
    identity: WorkloadIdentity
    request: (proof: CertificateProof) => Promise<Svid>
    joinToken: () => Promise<string>
    log: SidecarLog
  }) {
    this.#identity = options.identity
    this.#request = options.request
    this.#joinToken = options.joinToken
    this.#log = options.log
    this.#schedule(this.#delay())
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  /** Sooner than at half of the life: something about the certificate is no longer as it should be. @param milliseconds from now */
  renewWithin(milliseconds: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#schedule(milliseconds)
  }

  /** Renews now; rejects where that fails. Also what the timer calls. */
  async renew(): Promise<void> {
    const expired = Date.now() >= this.#identity.svid.notAfter.getTime()
    // Who slept through the end of its certificate has nothing left to prove itself with but the token.
    const token = expired ? await this.#joinToken() : null
    const svid = await this.#request({
      tls: token === null ? this.#identity : trustOnly(this.#identity.svid.trustBundle),
      token,
    })
    if (this.#closed) return
    this.#identity.replace(svid)
    this.#log.info('identity: certificate renewed', {
      identity: this.#identity.spiffeId,
      notAfter: svid.notAfter.toISOString(),
    })
  }

  /** A short life begins a minute in the past (clocks differ), so that half of it may be over: never renew in a tight loop. */
  #delay(): number {
    const left = this.#identity.svid.notAfter.getTime() - Date.now()
    return Math.max(renewalDelayMs(this.#identity.svid, Date.now(), Math.random()), Math.min(1000, left / 2))
  }

  #schedule(milliseconds: number): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => void this.#run(), milliseconds)
    this.#timer.unref()
  }

  async #run(): Promise<void> {
    try {
      await this.renew()
      this.#failures = 0
      this.#schedule(this.#delay())
    } catch (error) {
      this.#failures++
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2)
      const level = error instanceof CertificateRefused ? 'error' : 'warn'
      this.#log[level]('identity: certificate not renewed, trying again', {
        reason: reasonOf(error),
        notAfter: this.#identity.svid.notAfter.toISOString(),
        pauseMs: Math.round(pause),
      })
      this.#schedule(pause)
    }
  }
}
