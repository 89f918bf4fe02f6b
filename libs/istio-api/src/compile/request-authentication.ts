import type { CompiledRequestAuthentication, JwtRule } from '@meshmart/mesh-policy'
import { durationOr } from '../duration.ts'
import { nameOf, type JwtRuleSpec, type ResourceOf } from '../resource.ts'

export function compileRequestAuthentication(
  resource: ResourceOf<'RequestAuthentication'>,
): CompiledRequestAuthentication {
  return { source: nameOf(resource), rules: (resource.spec.jwtRules ?? []).map(compileRule) }
}

function compileRule(written: JwtRuleSpec): JwtRule {
  const jwksUri = written.jwksUri ?? written.jwks_uri
  const { audiences, jwks, fromHeaders, fromParams, fromCookies, outputClaimToHeaders, outputPayloadToHeader } = written
  return {
    issuer: written.issuer ?? '',
    ...(audiences && { audiences }),
    ...(jwksUri !== undefined && { jwksUri }),
    ...(jwks !== undefined && { jwks }),
    ...(fromHeaders && {
      fromHeaders: fromHeaders.map(({ name, prefix }) => ({ name: name.toLowerCase(), prefix: prefix ?? '' })),
    }),
    ...(fromParams && { fromParams }),
    ...(fromCookies && { fromCookies }),
    ...(outputPayloadToHeader !== undefined && { outputPayloadToHeader: outputPayloadToHeader.toLowerCase() }),
    ...(outputClaimToHeaders && {
      outputClaimToHeaders: outputClaimToHeaders.map(({ header, claim }) => ({ header: header.toLowerCase(), claim })),
    }),
    ...(written.forwardOriginalToken !== undefined && { forwardOriginalToken: written.forwardOriginalToken }),
    ...(written.timeout !== undefined && { timeoutMs: durationOr(written.timeout, 0) }),
  }
}
