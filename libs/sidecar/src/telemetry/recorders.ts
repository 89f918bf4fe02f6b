/** The door of this folder to whoever puts a process together: one recorder for each stack, and one for what never reached a stack. */
export { InboundRecorder } from './inbound-recorder.ts'
export { IngressRecorder } from './ingress-recorder.ts'
export { OutboundRecorder } from './outbound-recorder.ts'
export { recordRefusal, type Refusal } from './refusal.ts'
export type { Telemetry } from './telemetry.ts'
