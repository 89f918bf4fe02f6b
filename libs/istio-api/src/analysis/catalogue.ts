/** All messages, Istio's and ours, by code. */
import { ISTIO_MESSAGES } from './istio-messages.ts'
import type { MessageType } from './message.ts'
import { OWN_MESSAGES } from './own-messages.ts'

export const MESSAGES = { ...ISTIO_MESSAGES, ...OWN_MESSAGES }
export type Code = keyof typeof MESSAGES
export type TextArguments<C extends Code> = Parameters<(typeof MESSAGES)[C]['text']>

export const messageType = (code: Code): MessageType => MESSAGES[code]

export function isCode(text: string): text is Code {
  return Object.hasOwn(MESSAGES, text)
}

/** Istio's page for Istio's messages; for ours the page that is made from this catalogue. */
export function documentationUrl(code: Code): string {
  return code.startsWith('IST')
    ? `https://istio.io/latest/docs/reference/config/analysis/${code.toLowerCase()}/`
    : `docs/analysis/messages.md#${code.toLowerCase()}`
}
