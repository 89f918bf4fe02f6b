/** `tls` of a server: of a Gateway, and of a Sidecar's own ports. Where the certificates come from must be said once. */
import type { Findings } from '../problem.ts'
import type { FieldPath, GatewayServerSpec } from '../resource.ts'

export type ServerTlsSpec = NonNullable<GatewayServerSpec['tls']>

/** BoringSSL's without PSK: what a server of Envoy can be told to offer. */
const CIPHERS: ReadonlySet<string> = new Set([
  ...['ECDSA', 'RSA'].flatMap((key) => [
    `ECDHE-${key}-AES128-GCM-SHA256`,
    `ECDHE-${key}-AES256-GCM-SHA384`,
    `ECDHE-${key}-AES128-SHA`,
    `ECDHE-${key}-AES256-SHA`,
  ]),
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
  'DES-CBC3-SHA',
])
const OWN_CERTIFICATES = [
  'serverCertificate',
  'privateKey',
  'caCertificates',
  'tlsCertificates',
  'credentialName',
  'credentialNames',
] as const

export function checkServerTls(tls: ServerTlsSpec | undefined, path: FieldPath, findings: Findings): void {
  if (tls === undefined) return
  checkCiphers(tls, path, findings)
  checkSources(tls, path, findings)
  const mode = tls.mode ?? 'PASSTHROUGH'
  if (mode === 'ISTIO_MUTUAL') {
    for (const field of OWN_CERTIFICATES) {
      if (isGiven(tls[field]))
        findings.error([...path, field], "has no place with ISTIO_MUTUAL: the mesh's own are used")
    }
  } else if (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') {
    for (const field of [...OWN_CERTIFICATES, 'caCrl'] as const) {
      if (isGiven(tls[field]))
        findings.advise([...path, field], `has no effect with mode ${mode}: nothing is ended here`)
    }
    if (isGiven(tls.caCrl) && isGiven(tls.credentialName)) {
      findings.error([...path, 'caCrl'], 'must not stand beside credentialName, which holds it')
    }
  } else if (!isGiven(tls.credentialName) && !isGiven(tls.credentialNames)) checkFiles(tls, mode, path, findings)
}

function isGiven(value: string | readonly unknown[] | undefined): boolean {
  return (value?.length ?? 0) > 0
}

function checkCiphers(tls: ServerTlsSpec, path: FieldPath, findings: Findings): void {
  const suites = tls.cipherSuites ?? []
  if ((tls.minProtocolVersion === 'TLSV1_0' || tls.minProtocolVersion === 'TLSV1_1') && suites.length === 0) {
    findings.advise([...path, 'minProtocolVersion'], 'needs cipherSuites: the usual ones do not fit below TLSV1_2')
  }
  const seen = new Set<string>()
  for (const [index, suite] of suites.entries()) {
    const place = [...path, 'cipherSuites', index]
    // `+`, `-`, `!` begin an operator of OpenSSL's lists.
    const isKnown = suite === '' || suite === 'ALL' || !/^[\p{L}\p{N}]/u.test(suite) || CIPHERS.has(suite)
    if (!isKnown) findings.advise(place, `is no cipher suite that is known: ${JSON.stringify(suite)}`)
    else if (seen.has(suite)) findings.advise(place, `is there twice: ${suite}`)
    seen.add(suite)
  }
}

function checkSources(tls: ServerTlsSpec, path: FieldPath, findings: Findings): void {
  const [first, ...more] = (['credentialName', 'credentialNames', 'tlsCertificates'] as const).filter(
    (field) => tls[field] !== undefined && (field !== 'credentialName' || tls[field] !== ''),
  )
  for (const field of more) findings.error([...path, field], `must not stand beside ${first}`)
  if (tls.mode === 'ISTIO_MUTUAL') return
  if (first !== undefined && isGiven(tls.serverCertificate) && isGiven(tls.privateKey)) {
    findings.error([...path, 'serverCertificate'], `must not stand beside ${first}`)
  }
}

/** Certificates as files. */
function checkFiles(tls: ServerTlsSpec, mode: string, path: FieldPath, findings: Findings): void {
  const isMutual = mode !== 'SIMPLE'
  if (isMutual && !isGiven(tls.caCertificates)) {
    findings.error(
      [...path, 'caCertificates'],
      `must name a file in PEM for mode ${mode}, or credentialName must be given`,
    )
  }
  const certificates = tls.tlsCertificates ?? []
  const places =
    certificates.length === 0 ? [path] : certificates.map((_, index) => [...path, 'tlsCertificates', index])
  for (const [index, place] of places.entries()) {
    const held = certificates[index] ?? tls
    for (const field of ['serverCertificate', 'privateKey'] as const) {
      if (isGiven(held[field])) continue
      findings.error([...place, field], `must name a file in PEM for mode ${mode}, or credentialName must be given`)
    }
  }
  if (isGiven(tls.caCrl) && !isMutual)
    findings.error([...path, 'caCrl'], 'has no place with SIMPLE: no client is asked')
}
