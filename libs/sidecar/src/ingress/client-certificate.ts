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
  for (const [, kind = '', written = ''] of (certificate.subjectAltName ?? '').matchAll(NAMES))
    if (kind === 'URI' || kind === 'DNS')
      pairs.push(`${kind}=${plain(written.startsWith('"') ? unquoted(written) : written)}`)
  return pairs.join(';')
}

/**
 * Node's `URI:spiffe://…, DNS:a.test`, where a name that could be taken for more than one is a JSON string: what stands in quotes is one name, whatever it says.
 * One after the other from the beginning; behind what cannot be read nothing is believed.
 */
const NAMES = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/gy

function unquoted(text: string): string {
  const name: unknown = JSON.parse(text)
  return String(name)
}

/** As it stands where no separator is in it. */
function plain(text: string): string {
  return /^[\w.:/@*%-]+$/.test(text) ? text : quoted(text)
}

/** The client chose these characters, its authority at best looked at them. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&')}"`
}
