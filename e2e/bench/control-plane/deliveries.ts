/** What NATS itself says that it has delivered: of each watch of the bucket `mesh` the key and how many messages went to it. */
import { z } from 'zod'

const Jsz = z.object({
  account_details: z.array(
    z.object({
      stream_detail: z.array(
        z.object({
          name: z.string(),
          consumer_detail: z
            .array(
              z.object({
                config: z.object({ filter_subject: z.string().optional() }),
                delivered: z.object({ consumer_seq: z.number() }),
              }),
            )
            .optional(),
        }),
      ),
    }),
  ),
})

export interface Deliveries {
  /** Watches of one key each. */
  readonly watches: number
  /** Messages by key. */
  readonly byKey: ReadonlyMap<string, number>
}

/** @param monitorPort of NATS */
export async function deliveriesOf(monitorPort: number): Promise<Deliveries> {
  const answer = await fetch(
    `http://127.0.0.1:${monitorPort}/jsz?accounts=true&streams=true&consumers=true&config=true&limit=100000`,
  )
  const { account_details: accounts } = Jsz.parse(await answer.json())
  const mesh = accounts.flatMap(({ stream_detail: streams }) => streams).find(({ name }) => name === 'KV_mesh')
  const byKey = new Map<string, number>()
  let watches = 0
  for (const { config, delivered } of mesh?.consumer_detail ?? []) {
    const key = config.filter_subject?.replace('$KV.mesh.', '')
    // The control plane itself follows all of them.
    if (key === undefined || key === '>') continue
    watches++
    byKey.set(key, (byKey.get(key) ?? 0) + delivered.consumer_seq)
  }
  return { watches, byKey }
}

/** Messages to each key that went between the two, without keys to which none went. */
export function deliveredBetween(before: Deliveries, after: Deliveries): Map<string, number> {
  const went = [...after.byKey].map(([key, count]) => [key, count - (before.byKey.get(key) ?? 0)] as const)
  return new Map(went.filter(([, count]) => count !== 0))
}
