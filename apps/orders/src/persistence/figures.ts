/** What the shop came to over time. Every bucket is one short look into the index of `created_at`, so that an empty hour costs nothing. */
import { Database } from '@meshmart/service-kit'
import { SHOP_CURRENCY, ShopFigures } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'

const SECONDS = { minute: 60, hour: 3_600 } as const

interface Row {
  at: Date
  placed: bigint
  confirmed: bigint
  rejected: bigint
  cancelled: bigint
  revenue: bigint
}

@Injectable()
export class Figures {
  constructor(private readonly database: Database) {}

  /** The last `count` buckets, the present one included, oldest first. */
  async last(bucket: ShopFigures['bucket'], count: number): Promise<ShopFigures> {
    const seconds = SECONDS[bucket]
    const rows = await this.database.query<Row>`
      WITH width AS (SELECT make_interval(secs => ${seconds}::float8) AS width),
      slot AS (
        SELECT date_bin(width, clock_timestamp(), timestamptz 'epoch') - n * width AS at, width
        FROM width, generate_series(0, ${count}::int - 1) AS n
      )
      SELECT slot.at, count(o.id) AS placed,
             count(*) FILTER (WHERE o.state = 'confirmed') AS confirmed,
             count(*) FILTER (WHERE o.state IN ('rejecting', 'rejected')) AS rejected,
             count(*) FILTER (WHERE o.state IN ('cancelling', 'cancelled')) AS cancelled,
             coalesce(sum(o.total_amount - coalesce(back.amount, 0))
                        FILTER (WHERE o.state = 'confirmed' AND o.currency = ${SHOP_CURRENCY}), 0)::bigint AS revenue
      FROM slot LEFT JOIN orders o ON o.created_at >= slot.at AND o.created_at < slot.at + slot.width
           LEFT JOIN LATERAL (SELECT sum(r.amount) AS amount FROM order_return r WHERE r.order_id = o.id) back ON true
      GROUP BY slot.at ORDER BY slot.at`
    return ShopFigures.parse({
      bucket,
      points: rows.map(({ at, revenue, ...counts }) => ({
        at: at.toISOString(),
        placed: Number(counts.placed),
        confirmed: Number(counts.confirmed),
        rejected: Number(counts.rejected),
        cancelled: Number(counts.cancelled),
        revenue: { amount: Number(revenue), currency: SHOP_CURRENCY },
      })),
    })
  }
}
