/** What sidecars say: they ask for hosts (`mesh.discover`) and acknowledge snapshots (`mesh.ack`). The subject says who speaks; NATS saw to it. */
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Acknowledgements } from './acknowledgements.ts'
import type { Discovery } from './publisher.ts'

const DiscoverRequest = z.object({
  host: z.string().regex(/^[A-Za-z0-9*]([A-Za-z0-9.-]{0,252}[A-Za-z0-9.])?(:\d{1,5})?$/),
})

/** Null where the answer is another replica's to give. */
export type Discover = (namespace: string, host: string, now: number) => Promise<Discovery | null>

/** Answers `mesh.discover.<namespace>`; the answer stops it. */
export function answerDiscovery(nc: NatsConnection, discover: Discover, log: Logger): () => void {
  const respond = async (message: Msg): Promise<void> => {
    const [, , namespace = ''] = message.subject.split('.')
    let discovery: Discovery | null
    try {
      const { host } = DiscoverRequest.parse(message.json())
      discovery = await discover(namespace, host, Date.now())
    } catch (error) {
      if (!(error instanceof z.ZodError) && !(error instanceof SyntaxError)) throw error
      discovery = { found: false, reason: 'the question is not {"host": "<name>"}' }
    }
    if (discovery === null) return
    log.debug({ namespace, ...discovery }, 'host discovered')
    message.respond(JSON.stringify(discovery))
  }
  const subscription = nc.subscribe('mesh.discover.*', {
    callback: (error, message) => {
      // Without an answer the sidecar asks again; it must not be told "unknown" because we could not write.
      respond(message).catch((reason: unknown) => log.error({ err: error ?? reason }, 'discovery failed'))
    },
  })
  return () => subscription.unsubscribe()
}

/**
 * Collects `mesh.ack.<namespace>.<workload>.<instance>`, and asks everybody to say again what they run: whoever was not here has not heard it. The answer
 * stops it.
 */
export function collectAcknowledgements(
  nc: NatsConnection,
  acknowledgements: Acknowledgements,
  log: Logger,
  heard: () => void,
): () => void {
  const subscription = nc.subscribe('mesh.ack.>', {
    callback: (error, message) => {
      try {
        if (error) throw error
        acknowledgements.take(message.subject, message.json(), Date.now())
        heard()
      } catch (reason) {
        log.warn({ subject: message.subject, reason: (reason as Error).message }, 'acknowledgement ignored')
      }
    },
  })
  nc.publish('mesh.report')
  return () => subscription.unsubscribe()
}
