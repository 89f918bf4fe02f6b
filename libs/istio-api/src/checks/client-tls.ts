/** `tls` towards a destination. */
import type { ClientTlsSpec } from '../destination-rule-spec.ts'
import { hostProblem } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'

const ONLY_WITH_TLS = [
  'sni',
  'subjectAltNames',
  'caCertificates',
  'clientCertificate',
  'privateKey',
  'insecureSkipVerify',
] as const

export function checkClientTls(tls: ClientTlsSpec | undefined, path: FieldPath, findings: Findings): void {
  if (tls === undefined) return
  const { mode = 'DISABLE' } = tls
  if (mode === 'DISABLE' || mode === 'ISTIO_MUTUAL') {
    for (const field of ONLY_WITH_TLS) {
      if (tls[field] === undefined) continue
      findings.warning([...path, field], `has no effect with mode ${mode}; it belongs to SIMPLE and MUTUAL`)
    }
    return
  }
  if (tls.sni !== undefined && hostProblem(tls.sni, false) !== null) findings.error([...path, 'sni'], 'must be a host')
  if (mode === 'MUTUAL') {
    for (const field of ['clientCertificate', 'privateKey'] as const) {
      if ((tls[field] ?? '') === '') findings.error([...path, field], 'must name a file in PEM for mode MUTUAL')
    }
  }
  if (tls.insecureSkipVerify !== true) return
  if (tls.caCertificates !== undefined || tls.subjectAltNames !== undefined) {
    findings.error([...path, 'insecureSkipVerify'], 'must not stand beside caCertificates or subjectAltNames')
  }
}
