/**
 * The certificate that this workload shows today. Everybody who opens or accepts connections asks here at that moment, so that a rotation touches new
 * connections only: those that are open finish with what they began with.
 */
import { X509Certificate } from 'node:crypto'
import tls from 'node:tls'

export interface Svid {
  /** PKCS #8 PEM. */
  readonly privateKey: string
  /** PEM, leaf first. */
  readonly certificateChain: string
  /** PEM of every root that is trusted. */
  readonly trustBundle: string
  readonly notBefore: Date
  readonly notAfter: Date
}

export class WorkloadIdentity {
  readonly spiffeId: string
  readonly trustDomain: string
  #svid: Svid
  #context: tls.SecureContext
  readonly #listeners = new Set<(svid: Svid) => void>()

  constructor(spiffeId: string, trustDomain: string, svid: Svid) {
    this.spiffeId = spiffeId
    this.trustDomain = trustDomain
    this.#svid = svid
    this.#context = contextOf(svid)
  }

  get svid(): Svid {
    return this.#svid
  }
  /** For both ends: TLS 1.3 with this certificate, trusting the bundle alone. */
  get secureContext(): tls.SecureContext {
    return this.#context
  }

  replace(svid: Svid): void {
    const context = contextOf(svid)
    this.#svid = svid
    this.#context = context
    for (const listener of this.#listeners) listener(svid)
  }

  onChange(listener: (svid: Svid) => void): void {
    this.#listeners.add(listener)
  }
}

/** All that TLS 1.3 has here; AES with 128 bits first, as Envoy and browsers do: it is as far out of reach as with 256, and takes four rounds fewer. */
const CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'

export function secureContextOptions(svid: Svid): tls.SecureContextOptions {
  return {
    ciphers: CIPHERS,
    key: svid.privateKey,
    cert: svid.certificateChain,
    ca: certificatesIn(svid.trustBundle),
    minVersion: 'TLSv1.3',
  }
}

/** For whoever has no certificate yet: checks the other end and shows nothing. */
export function trustOnly(trustBundle: string): { readonly secureContext: tls.SecureContext } {
  return { secureContext: tls.createSecureContext({ ca: certificatesIn(trustBundle), minVersion: 'TLSv1.3' }) }
}

/** @throws Error where the chain is no certificate */
export function validityOf(certificateChain: string): { notBefore: Date; notAfter: Date } {
  const leaf = new X509Certificate(certificateChain)
  return { notBefore: new Date(leaf.validFrom), notAfter: new Date(leaf.validTo) }
}

/** Node reads only the first certificate of a PEM text where it is given as one `ca`; a bundle may carry two roots during their rotation. */
export function certificatesIn(bundle: string): string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}

function contextOf(svid: Svid): tls.SecureContext {
  return tls.createSecureContext(secureContextOptions(svid))
}
