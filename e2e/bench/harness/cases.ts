/** What is measured, and at which kind of proxy. The names are what `--only` looks into and what stands in the JSON. */
import { generate } from '../load/generator.ts'
import type { Handshakes, HandshakesResult } from '../load/handshakes.ts'
import { wrk, type WrkLoad } from '../load/wrk.ts'
import type { Load } from './measure.ts'
import type { Kind, Running } from './subject.ts'

export interface Case {
  readonly name: string
  readonly kind: Kind
  /** Part of `--quick`. */
  readonly quick: boolean
  readonly run: (running: Running, seconds: number) => Promise<Load>
}

const asks = (name: string, kind: Kind, load: WrkLoad, quick = false): Case => ({
  name,
  kind,
  quick,
  run: (running, seconds) => wrk(running, load, seconds),
})
const shakes = (name: string, resume: boolean): Case => ({
  name,
  kind: 'pair',
  quick: true,
  run: async ({ mtls }, seconds) => {
    if (mtls === null) throw new Error('it has no mutual TLS')
    const { certificate, root } = mtls.client
    const options: Handshakes = { port: mtls.port, ...certificate, root, parallel: 8, seconds, resume }
    const { handshakes, resumed, seconds: took } = await generate<HandshakesResult>('handshakes.ts', options)
    // The first one on each socket has no ticket yet.
    const expected = resume ? handshakes - options.parallel : 0
    if (resumed !== expected) throw new Error(`${resumed} of ${handshakes} handshakes were resumed, not ${expected}`)
    return { requests: handshakes, seconds: took }
  },
})
const small = '/items/200'
const large = { connections: 32, path: '/items/1m' }
const upload = { connections: 32, path: '/items/upload' }

export const cases: readonly Case[] = [
  asks('hop: 1 connection', 'outbound', { connections: 1, path: small }),
  asks('hop: 32 connections', 'outbound', { connections: 32, path: small }, true),
  asks('hop: 256 connections', 'outbound', { connections: 256, path: small }),
  asks('hop: 16 KiB down', 'outbound', { connections: 32, path: '/items/16k' }),
  asks('hop: 16 KiB up', 'outbound', { ...upload, upload: 16_384 }),
  asks('hop: 1 MiB down', 'outbound', large),
  asks('hop: 1 MiB up', 'outbound', { ...upload, upload: 1_048_576 }),
  asks('inbound hop: 32 connections', 'inbound', { connections: 32, path: small }, true),
  asks('mTLS pair: 1 connection', 'pair', { connections: 1, path: small }),
  asks('mTLS pair: 32 connections', 'pair', { connections: 32, path: small }, true),
  asks('mTLS pair: 256 connections', 'pair', { connections: 256, path: small }),
  asks('mTLS pair: 1 MiB down', 'pair', large),
  asks('mTLS pair: 1 MiB up', 'pair', { ...upload, upload: 1_048_576 }),
  shakes('TLS handshakes', false),
  shakes('TLS handshakes: resumed', true),
]
/** Latency at half of what Envoy can do at most: the same rate for all, so that the slower one is not asked for less. */
export const halfRateCases = {
  outbound: "hop at half of Envoy's maximum",
  pair: "mTLS pair at half of Envoy's maximum",
} as const
/** Where that maximum is measured. */
export const maximumCases = { outbound: 'hop: 32 connections', pair: 'mTLS pair: 32 connections' } as const
export const memoryCase = 'memory of one process'
