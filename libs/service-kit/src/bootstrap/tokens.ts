/** Injection token of the process's Sidecar. */
export const MESH = Symbol('mesh')

/**
 * Injection token of an AbortSignal that is aborted when the process is told to stop, before the sidecar waits for what is in flight: answers that never end by
 * themselves, such as event streams, end then.
 */
export const SHUTDOWN = Symbol('shutdown')
