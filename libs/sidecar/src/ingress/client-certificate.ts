/**
 * What the application is told of a client that proved itself to a MUTUAL server: Envoy's `x-forwarded-client-cert` with what Istio's gateway puts into it. It is
 * no identity of the mesh, and policies take it for none.
 */
import type { X509Certificate } from 'node:crypto'

export function clientCertificateField(certificate: X509Certificate): string {
  const pairs = [`Hash=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`]
  // Node writes it a part a line, the broadest first; RFC 2253 the other way round.
  const subject = (certificate.subject ?? '').split('\n').toReversed().join(',')
  if (subject !== '') pairs.push(`Subject=${quoted(subject)}`)
  for (const name of (certificate.subjectAltName ?? '').split(', ')) {
    if (name.startsWith('URI:')) pairs.push(`URI=${plain(name.slice(4))}`)
    if (name.startsWith('DNS:')) pairs.push(`DNS=${plain(name.slice(4))}`)
  }
  return pairs.join(';')
}

/** As it stands where no separator is in it. */
function plain(text: string): string {
  return /^[\w.:/@*%-]+$/.test(text) ? text : quoted(text)
}

/** The client chose these characters, its authority at best looked at them. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&')}"`
}
