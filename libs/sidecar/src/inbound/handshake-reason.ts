/** Why a handshake came to nothing, in words: "connection reset" alone sends people searching. */
import type { TLSSocket } from 'node:tls'

/** OpenSSL's codes for a first record that is no TLS at all. */
const PLAINTEXT: ReadonlySet<string> = new Set([
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
])
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'no authority of the trust bundle issued it',
  UNABLE_TO_GET_ISSUER_CERT: 'no authority of the trust bundle issued it',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'no authority of the trust bundle issued it',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'no authority of the trust bundle issued it',
  INVALID_PURPOSE: 'it is not for clients',
}

/** @param mode that is in force, for the reason */
export function handshakeReason(error: Error, socket: TLSSocket, mode: string): string {
  const code = 'code' in error ? String(error.code) : ''
  if (PLAINTEXT.has(code)) return `plaintext, and PeerAuthentication is ${mode}`
  if (code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') return 'the peer showed no certificate'
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') return 'the peer speaks no TLS 1.3'
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'the handshake was not over in time'
  // Node verifies after the handshake and keeps the reason on the socket, while the error only says that the socket was closed.
  const verification: unknown = socket.authorizationError
  if (verification !== undefined && verification !== null) {
    const why =
      verification instanceof Error && 'code' in verification ? String(verification.code) : String(verification)
    const words = CERTIFICATE_WORDS[why]
    return `the peer's certificate is not trusted: ${words === undefined ? why : `${why} (${words})`}`
  }
  return `handshake failed: ${error.message}`
}
