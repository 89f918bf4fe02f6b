/** The own HTTP/1.1 path, server and client side. No policy and no knowledge of exchanges in here: bytes, framing, connections. */
export { FieldLines } from './fields.ts'
export { isAuthority, isFieldValue, isToken } from './grammar.ts'
export {
  CHUNKED,
  parseRequestHead,
  parseResponseHead,
  UNTIL_CLOSE,
  type Parsed,
  type RequestHead,
  type ResponseHead,
} from './heads.ts'
export { DEFAULT_LIMITS, ProtocolError, type Http1Limits, type ProtocolStatus } from './limits.ts'
export type { ClientCall, ClientConnection, ClientFailure, RequestFraming } from './client-call.ts'
export { ClientPool, type ClientPoolOptions, type Connector } from './client-pool.ts'
export { ServerConnection } from './server-connection.ts'
export type { RefusedHead, ResponseFraming, ServerHandler } from './server-handler.ts'
