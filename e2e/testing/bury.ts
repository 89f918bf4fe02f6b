/**
 * Gives an event up in a service's name, as its inbox does: with the service's own identity, into the stream `DEAD_LETTERS`. An inbox does so after fifty deliveries,
 * which takes four minutes; what cannot be read it gives up at once, but that cannot be mended either.
 */
import { readFileSync } from 'node:fs'
import { DEAD_LETTER_HEADERS as HEADERS, deadLetterSubject, type EventEnvelope } from '@meshmart/contracts'
import { connect, headers } from '@nats-io/transport-node'
import { pidsOf } from './processes.ts'
import { joinAs } from './workload-identity.ts'

/** @returns the sequence of the dead letter */
export async function bury(
  home: string,
  service: string,
  event: EventEnvelope,
  why: { readonly reason: string; readonly error: string },
): Promise<number> {
  const { key, chain, trustBundle } = await joinAs(home, 'meshmart', service)
  const nats = await connect({
    servers: natsOf(home),
    inboxPrefix: `_INBOX_${service}`,
    tls: { key, cert: chain, ca: trustBundle },
  })
  try {
    const subject = `events.${event.type}`
    const head = headers()
    head.set(HEADERS.subject, subject)
    head.set(HEADERS.sequence, '0')
    head.set(HEADERS.deliveries, '50')
    head.set(HEADERS.reason, why.reason)
    head.set(HEADERS.error, why.error)
    const kept = await nats.request(deadLetterSubject(service, subject), JSON.stringify(event), {
      headers: head,
      timeout: 5_000,
    })
    const { seq } = kept.json<{ seq?: number }>()
    if (seq === undefined) throw new Error(`the dead letter was not kept: ${kept.string()}`)
    return seq
  } finally {
    await nats.close()
  }
}

/** As the services were told it. */
function natsOf(home: string): string {
  const environment = readFileSync(`/proc/${pidsOf(home)['gateway-1']}/environ`, 'utf8').split('\0')
  const url = environment.find((each) => each.startsWith('MESH_NATS_URL='))?.slice('MESH_NATS_URL='.length)
  if (url === undefined) throw new Error('gateway-1 has no MESH_NATS_URL')
  return url
}
