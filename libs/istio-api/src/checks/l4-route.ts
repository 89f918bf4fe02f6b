/** Routes of a VirtualService by address, port and SNI: `tcp` and `tls`. */
import { isAddress } from '../address.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath, TlsRouteSpec, VirtualServiceSpec } from '../resource.ts'
import { checkDestination } from './http-route.ts'
import { checkLabels } from './selectors.ts'
import { checkAtLeast, checkIpBlock, checkPort } from './values.ts'
import { checkGatewayNames, checkHostOrSni } from './hosts.ts'
import { checkWeights } from './weights.ts'

/** @param forGateways alone: an SNI that a gateway made up may stand there */
export function checkL4(spec: VirtualServiceSpec, forGateways: boolean, findings: Findings): void {
  for (const field of ['tcp', 'tls'] as const) {
    for (const [index, route] of (spec[field] ?? []).entries()) {
      const path = ['spec', field, index]
      for (const [place, match] of (route.match ?? []).entries()) {
        checkMatch(match, [...path, 'match', place], findings)
      }
      checkDestinations(route.route, path, findings)
    }
  }
  for (const [index, route] of (spec.tls ?? []).entries()) {
    checkSni(route, spec.hosts ?? [], forGateways, ['spec', 'tls', index], findings)
  }
}

type L4Match = NonNullable<NonNullable<VirtualServiceSpec['tcp']>[number]['match']>[number]

function checkMatch(
  match: Pick<L4Match, 'destinationSubnets' | 'port' | 'sourceLabels' | 'gateways'>,
  path: FieldPath,
  findings: Findings,
): void {
  for (const [index, subnet] of (match.destinationSubnets ?? []).entries()) {
    checkIpBlock(subnet, [...path, 'destinationSubnets', index], findings)
  }
  checkPort(match.port === 0 ? undefined : match.port, [...path, 'port'], findings)
  checkLabels(match.sourceLabels, [...path, 'sourceLabels'], findings)
  checkGatewayNames(match.gateways, [...path, 'gateways'], findings)
}

type L4Destinations = NonNullable<NonNullable<VirtualServiceSpec['tcp']>[number]['route']>

function checkDestinations(destinations: L4Destinations | undefined, path: FieldPath, findings: Findings): void {
  if ((destinations ?? []).length === 0) findings.error([...path, 'route'], 'needs at least one destination')
  for (const [index, { destination, weight }] of (destinations ?? []).entries()) {
    const place = [...path, 'route', index]
    checkDestination(destination, [...place, 'destination'], findings)
    checkAtLeast(weight, 0, [...place, 'weight'], findings)
  }
  checkWeights(destinations ?? [], path, findings)
}

function checkSni(
  { match }: TlsRouteSpec,
  hosts: readonly string[],
  forGateways: boolean,
  path: FieldPath,
  findings: Findings,
): void {
  if (match.length === 0) findings.error([...path, 'match'], 'needs at least one condition with sniHosts')
  for (const [place, { sniHosts }] of match.entries()) {
    const at = [...path, 'match', place, 'sniHosts']
    if (sniHosts.length === 0) findings.error(at, 'needs at least one host')
    for (const [position, sni] of sniHosts.entries()) {
      if (isAddress(sni)) findings.advise([...at, position], 'is an address: few clients send one as SNI')
      else {
        checkHostOrSni(sni, forGateways, [...at, position], findings)
        if (hosts.some((host) => isWithin(sni, host))) continue
        findings.error([...at, position], `is none of this VirtualService's hosts: ${hosts.join(', ')}`)
      }
    }
  }
}

function isWithin(sni: string, host: string): boolean {
  if (!host.startsWith('*')) return sni === host
  return sni.endsWith(host.slice(1)) && (!sni.startsWith('*') || sni.length >= host.length)
}
