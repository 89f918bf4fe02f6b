/**
 * TLS to whoever is outside the mesh: `trafficPolicy.tls` of mode SIMPLE or MUTUAL. The certificate must chain to the given authorities (the system's where
 * none are given) and carry one of the given names, or the name that was asked for by SNI. Files are read again when they change on disk: that is how
 * certificates outside the mesh are renewed.
 */
import { readFileSync, statSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import type { ClientTlsSettings } from '@meshmart/mesh-policy'

export class ExternalTls {
  readonly #settings: ClientTlsSettings
  readonly #serverName: string
  readonly #files: readonly string[]
  #context: tls.SecureContext | null = null
  #stamps = ''

  /** @param host of the cluster: the name that is asked for where `sni` is not given */
  constructor(settings: ClientTlsSettings, host: string) {
    this.#settings = settings
    this.#serverName = settings.sni ?? host
    const { caCertificates, clientCertificate, privateKey } = settings
    this.#files = [caCertificates, clientCertificate, privateKey].filter((file) => file !== undefined)
  }

  /** @throws Error that names the file that cannot be read */
  options(): tls.ConnectionOptions {
    const { insecureSkipVerify, subjectAltNames } = this.#settings
    return {
      secureContext: this.#secureContext(),
      // SNI carries no addresses (RFC 6066, 3).
      servername: net.isIP(this.#serverName) === 0 ? this.#serverName : '',
      rejectUnauthorized: !insecureSkipVerify,
      checkServerIdentity: (_asked, certificate) =>
        subjectAltNames.length === 0
          ? tls.checkServerIdentity(this.#serverName, certificate)
          : namesProblem(certificate.subjectaltname ?? '', subjectAltNames),
    }
  }

  #secureContext(): tls.SecureContext {
    const stamps = this.#files.map((file) => `${statSync(file).mtimeMs}`).join(' ')
    if (this.#context !== null && stamps === this.#stamps) return this.#context
    const { caCertificates, clientCertificate, privateKey } = this.#settings
    this.#context = tls.createSecureContext({
      minVersion: 'TLSv1.2',
      ...(caCertificates === undefined ? {} : { ca: readFileSync(caCertificates) }),
      ...(clientCertificate === undefined ? {} : { cert: readFileSync(clientCertificate) }),
      ...(privateKey === undefined ? {} : { key: readFileSync(privateKey) }),
    })
    this.#stamps = stamps
    return this.#context
  }
}

/** @param names as node writes them: `DNS:example.com, URI:spiffe://…, IP Address:127.0.0.1` */
function namesProblem(names: string, wanted: readonly string[]): Error | undefined {
  const proved = names.split(', ').map((name) => name.slice(name.indexOf(':') + 1))
  return proved.some((name) => wanted.includes(name))
    ? undefined
    : new Error(`its certificate is for ${names === '' ? 'nobody' : names}, wanted one of ${wanted.join(', ')}`)
}
