import type { Findings } from '../problem.ts'
import type { PeerAuthenticationSpec } from '../resource.ts'
import { checkSelector } from './selectors.ts'

/** What the schema cannot say about a PeerAuthentication. */
export function checkPeerAuthentication(spec: PeerAuthenticationSpec, findings: Findings): void {
  checkSelector(spec.selector, ['spec', 'selector'], findings)
  const ports = Object.keys(spec.portLevelMtls ?? {})
  if (ports.length === 0) return
  if (Object.keys(spec.selector?.matchLabels ?? {}).length === 0) {
    findings.error(['spec', 'portLevelMtls'], 'needs a selector: ports belong to a workload, not to a namespace')
  }
  for (const port of ports) {
    if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) {
      findings.error(['spec', 'portLevelMtls', port], 'must be a port between 1 and 65535')
    }
  }
}
