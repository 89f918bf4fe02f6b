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
/** What a credential stands for. */
const FILES = ['clientCertificate', 'privateKey', 'caCertificates', 'caCrl'] as const

/** @param namespace of the rule: a credential is its own */
export function checkClientTls(
  tls: ClientTlsSpec | undefined,
  path: FieldPath,
  namespace: string,
  findings: Findings,
): void {
  if (tls === undefined) return
  checkConfigMap(tls.credentialName, [...path, 'credentialName'], namespace, findings)
  const { mode = 'DISABLE' } = tls
  if (mode === 'DISABLE' || mode === 'ISTIO_MUTUAL') {
    for (const field of ONLY_WITH_TLS) {
      if (tls[field] === undefined) continue
      findings.warning([...path, field], `has no effect with mode ${mode}; it belongs to SIMPLE and MUTUAL`)
    }
    return
  }
  if (tls.sni !== undefined && hostProblem(tls.sni) !== null) findings.refuse([...path, 'sni'], 'must be a host')
  if (tls.insecureSkipVerify === true) checkUnverified(tls, path, findings)
  if ((tls.credentialName ?? '') !== '') {
    for (const field of FILES) {
      if ((tls[field] ?? '') !== '') findings.error([...path, field], 'must not stand beside credentialName')
    }
  } else if (mode === 'MUTUAL') {
    for (const field of ['clientCertificate', 'privateKey'] as const) {
      if ((tls[field] ?? '') === '') findings.error([...path, field], 'must name a file in PEM for mode MUTUAL')
    }
  }
}

/** In mode MUTUAL a credential may hold the client's own certificate alone. */
function checkUnverified(tls: ClientTlsSpec, path: FieldPath, findings: Findings): void {
  const trusts = ['caCertificates', ...(tls.mode === 'SIMPLE' ? ['credentialName'] : [])] as const
  const found = (trusts as readonly (keyof ClientTlsSpec)[]).filter((field) => (tls[field] ?? '') !== '')
  if ((tls.subjectAltNames ?? []).length > 0) found.push('subjectAltNames')
  for (const field of found) findings.error([...path, 'insecureSkipVerify'], `must not stand beside ${field}`)
}

const CONFIG_MAP = 'configmap://'

function checkConfigMap(name: string | undefined, path: FieldPath, namespace: string, findings: Findings): void {
  if (name === undefined || !name.startsWith(CONFIG_MAP)) return
  const [owner = '', held = ''] = name.slice(CONFIG_MAP.length).split('/')
  if (owner === namespace && held !== '') return
  findings.error(path, `must be configmap://${namespace}/name, of the own namespace, is ${JSON.stringify(name)}`)
}
