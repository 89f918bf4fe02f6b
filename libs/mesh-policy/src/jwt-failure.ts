/**
 * Why a token is refused, in the words that Envoy answers with (jwt_verify_lib's status strings), so that whoever knows them from Istio finds the same cause
 * under the same words. They are bodies of answers: nothing of the token stands in them.
 */

export interface JwtFailure {
  readonly failed: true
  readonly words: string
  /** 403 where the token is good but for somebody else, 401 else. */
  readonly status: 401 | 403
  /** Another rule may still know the issuer: this is said only where no rule says anything better. */
  readonly weak: boolean
}

export const JWT_FAILURES = {
  format: failure('Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'),
  headerBase64: failure('Jwt header is an invalid Base64url encoded'),
  headerJson: failure('Jwt header is an invalid JSON'),
  algorithm: failure('Jwt header [alg] field is required and must be a string'),
  algorithmUnknown: failure('Jwt header [alg] is not supported'),
  keyId: failure('Jwt header [kid] field is not a string'),
  payloadBase64: failure('Jwt payload is an invalid Base64url encoded'),
  payloadJson: failure('Jwt payload is an invalid JSON'),
  issuer: failure('Jwt payload [iss] field is not a string'),
  subject: failure('Jwt payload [sub] field is not a string'),
  issuedAt: failure('Jwt payload [iat] field is not an integer'),
  notBefore: failure('Jwt payload [nbf] field is not an integer'),
  expiry: failure('Jwt payload [exp] field is not an integer'),
  tokenId: failure('Jwt payload [jti] field is not a string'),
  audience: failure('Jwt payload [aud] field is not a string or string list'),
  signatureBase64: failure('Jwt signature is an invalid Base64url encoded'),
  unknownIssuer: failure('Jwt issuer is not configured', 401, true),
  notYetValid: failure('Jwt not yet valid'),
  expired: failure('Jwt is expired'),
  audienceNotAllowed: failure('Audiences in Jwt are not allowed', 403),
  noKey: failure("Jwks doesn't have key to match kid or alg from Jwt"),
  verification: failure('Jwt verification fails'),
  keysNotFetched: failure('Jwks remote fetch is failed'),
} as const satisfies Readonly<Record<string, JwtFailure>>

function failure(words: string, status: 401 | 403 = 401, weak = false): JwtFailure {
  return { failed: true, words, status, weak }
}
