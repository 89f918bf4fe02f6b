/**
 * Fault injection. Delay and abort are drawn apart, so that 50 % delay and 50 % abort give every combination, as Envoy's filter does. The four
 * possible decisions exist before the first request.
 */
import type { Fault } from './snapshot.ts'

export interface FaultDecision {
  /** 0 is none. */
  readonly delayMs: number
  readonly abort: { readonly httpStatus: number; readonly grpcStatus: number | null } | null
}

export interface PreparedFault {
  /** 0 to 1. */
  readonly delayShare: number
  readonly abortShare: number
  readonly none: FaultDecision
  readonly delay: FaultDecision
  readonly abort: FaultDecision
  readonly both: FaultDecision
}

export function prepareFault(fault: Fault): PreparedFault {
  const delayMs = fault.delay?.fixedDelayMs ?? 0
  const abort =
    fault.abort === undefined ? null : { httpStatus: fault.abort.httpStatus, grpcStatus: fault.abort.grpcStatus }
  return {
    delayShare: (fault.delay?.percentage ?? 0) / 100,
    abortShare: (fault.abort?.percentage ?? 0) / 100,
    none: { delayMs: 0, abort: null },
    delay: { delayMs, abort: null },
    abort: { delayMs: 0, abort },
    both: { delayMs, abort },
  }
}

/** @param randomDelay in [0, 1) @param randomAbort in [0, 1) */
export function chooseFault(fault: PreparedFault, randomDelay: number, randomAbort: number): FaultDecision {
  if (randomDelay < fault.delayShare) return randomAbort < fault.abortShare ? fault.both : fault.delay
  return randomAbort < fault.abortShare ? fault.abort : fault.none
}
