/** Problems that several operations share, so that the document says them the same way everywhere. */
import type { ProblemCode } from '@meshmart/contracts'

/** A service behind the gateway does not answer. */
export const UPSTREAM_PROBLEMS: readonly ProblemCode[] = ['upstream-unavailable', 'deadline-exceeded']
/** Nobody is signed in, or only a guest is known. */
export const ACCOUNT_PROBLEMS: readonly ProblemCode[] = ['not-signed-in', 'invalid-session']
/** What is wrong with a body before anybody looks at what it means. */
export const BODY_PROBLEMS: readonly ProblemCode[] = [
  'invalid-request',
  'invalid-json',
  'body-too-large',
  'unsupported-media-type',
  'not-allowed',
]
