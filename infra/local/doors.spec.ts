import { expect, it } from 'vitest'
import { choosePorts, type Doors } from './doors.ts'

const portsOf = (doors: Doors): number[] => Object.values(doors).filter((value) => typeof value === 'number')

it.each(['embedded', 'process'] as const)(
  '%s: no port is given twice, none lies where connections take theirs from',
  async (placement) => {
    const { doors, ...ours } = await choosePorts(placement)
    const all = [...Object.values(ours).flat(), ...[...doors.values()].flatMap(portsOf)]
    expect(new Set(all).size).toBe(all.length)
    for (const port of all) {
      expect(port).toBeGreaterThanOrEqual(20_000)
      expect(port).toBeLessThan(32_768)
    }
  },
)

it('every replica but the gateway has a sidecar process, where that is asked for', async () => {
  const { doors } = await choosePorts('process')
  const placements = Object.fromEntries([...doors].map(([name, { placement }]) => [name, placement]))
  expect(placements).toEqual({
    'gateway-1': 'embedded',
    ...Object.fromEntries(
      ['inventory-1', 'inventory-2', 'payments-1', 'payments-2', 'orders-1', 'orders-2', 'my-service-1'].map((name) => [
        name,
        'process',
      ]),
    ),
  })
  const embedded = await choosePorts('embedded')
  expect([...embedded.doors.values()].every(({ placement }) => placement === 'embedded')).toBe(true)
})
