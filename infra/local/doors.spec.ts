import { expect, it } from 'vitest'
import { choosePorts, type Doors } from './doors.ts'
import { replicaName, workloads } from './topology.ts'

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
  const names = workloads.flatMap((part) =>
    part.kind === 'service' ? Array.from({ length: part.replicas }, (_, index) => replicaName(part, index + 1)) : [],
  )
  expect(names).toContain('my-service-1')
  const placements = Object.fromEntries([...doors].map(([name, { placement }]) => [name, placement]))
  expect(placements).toEqual(
    Object.fromEntries(names.map((name) => [name, name.startsWith('gateway-') ? 'embedded' : 'process'])),
  )
  const embedded = await choosePorts('embedded')
  expect([...embedded.doors.values()].every(({ placement }) => placement === 'embedded')).toBe(true)
})
