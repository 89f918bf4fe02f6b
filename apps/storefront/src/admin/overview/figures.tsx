/** Revenue, orders and failures of the last hour or the last two days. */
import { formatMoney, SHOP_CURRENCY, type ShopFigures } from '@meshmart/contracts'
import { Button, SelectField } from '@meshmart/ui'
import { useState } from 'react'
import { useLoaded } from '../../loaded.ts'
import { getFigures } from '../office-api.ts'
import { Part } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { Chart } from './chart.tsx'

const COUNT = { minute: 60, hour: 48 } as const

export function Figures() {
  const { office } = useOfficeTexts()
  const { figures } = office
  const [bucket, setBucket] = useState<ShopFigures['bucket']>('minute')
  const { loaded, reload } = useLoaded(bucket, (signal) => getFigures(bucket, COUNT[bucket], signal))
  return (
    <section aria-labelledby="figures-heading">
      <h2 id="figures-heading">{figures.title}</h2>
      <div className="office__filters">
        <SelectField
          label={figures.range}
          value={bucket}
          onChange={(event) => setBucket(event.target.value === 'hour' ? 'hour' : 'minute')}
        >
          <option value="minute">{figures.minute}</option>
          <option value="hour">{figures.hour}</option>
        </SelectField>
        <Button variant="quiet" onClick={reload}>
          {office.refresh}
        </Button>
      </div>
      <Part loaded={loaded} reload={reload}>
        {(value) => <Charts points={value.points} />}
      </Part>
    </section>
  )
}

function Charts({ points }: Pick<ShopFigures, 'points'>) {
  const { language, office } = useOfficeTexts()
  const { figures } = office
  const at = points.map((point) => point.at)
  const currency = points[0]?.revenue.currency ?? SHOP_CURRENCY
  const count = (value: number): string => value.toLocaleString(language)
  return (
    <div className="office__charts">
      <Chart
        title={figures.revenue}
        at={at}
        format={(amount) => formatMoney({ amount, currency }, language)}
        series={[{ name: figures.revenue, tone: 'good', values: points.map(({ revenue }) => revenue.amount) }]}
      />
      <Chart
        title={figures.placed}
        at={at}
        format={count}
        series={[{ name: figures.placed, tone: 'good', values: points.map(({ placed }) => placed) }]}
      />
      <Chart
        title={figures.failures}
        at={at}
        format={count}
        series={[
          { name: figures.rejected, tone: 'bad', values: points.map(({ rejected }) => rejected) },
          { name: figures.cancelled, tone: 'warn', values: points.map(({ cancelled }) => cancelled) },
        ]}
      />
    </div>
  )
}
