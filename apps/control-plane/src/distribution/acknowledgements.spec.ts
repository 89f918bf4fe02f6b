import { describe, expect, it } from 'vitest'
import { Acknowledgements } from './acknowledgements.ts'

const subject = 'mesh.ack.meshmart.orders.orders-1'
const statusOf = (acknowledgements: Acknowledgements, current: number | undefined) =>
  acknowledgements.list([], () => current)[0]?.snapshots[0]

describe('Acknowledgements', () => {
  it.each([
    ['SYNCED', { revision: 7, accepted: true }, 7],
    ['STALE', { revision: 6, accepted: true }, 7],
    ['STALE', { revision: 6, accepted: true }, undefined],
    ['NACK', { revision: 7, accepted: false, reason: 'route 0: bad regex' }, 7],
  ])('tells %s of %j while the bucket holds %s', (status, said, current) => {
    const acknowledgements = new Acknowledgements()
    acknowledgements.take(subject, { key: 'endpoints.x', ...said }, 0)
    expect(statusOf(acknowledgements, current)).toMatchObject({
      status,
      acknowledged: said.revision,
      current: current ?? null,
    })
  })

  it('forgets a replica that has left, and the one longest unheard beyond five thousand', () => {
    const acknowledgements = new Acknowledgements()
    for (let n = 0; n <= 5_000; n++) {
      acknowledgements.take(`mesh.ack.meshmart.orders.orders-${n}`, { key: 'k', revision: 1, accepted: true }, n)
    }
    expect(acknowledgements.list([], () => 1)).toHaveLength(5_000)
    expect(acknowledgements.list([], () => 1).some(({ instance }) => instance === 'orders-0')).toBe(false)
    acknowledgements.forget({ namespace: 'meshmart', service: 'orders', instance: 'orders-5' })
    expect(acknowledgements.list([], () => 1)).toHaveLength(4_999)
  })

  it('lists a sidecar that holds a lease and has said nothing, with what it cannot do without', () => {
    const present = [{ namespace: 'meshmart', service: 'orders', instance: 'orders-1' }]
    const [proxy] = new Acknowledgements().list(present, (key) => (key === 'trust' ? 3 : undefined))
    expect(proxy?.snapshots).toEqual([
      { key: 'inbound.meshmart.orders', status: 'NOT SENT', acknowledged: null, current: null },
      { key: 'trust', status: 'NOT SENT', acknowledged: null, current: 3 },
    ])
  })

  it('knows who follows a key and whether somebody is behind, also once one has left or was forgotten', () => {
    const acknowledgements = new Acknowledgements()
    const take = (instance: string, key: string, revision: number): void =>
      acknowledgements.take(`mesh.ack.meshmart.orders.${instance}`, { key, revision, accepted: true }, 0)
    take('orders-1', 'a', 4)
    take('orders-2', 'a', 5)
    take('orders-2', 'b', 1)
    expect(acknowledgements.followersOf(['a', 'c']).map(({ proxy, heard }) => [proxy, heard.revision])).toEqual([
      ['meshmart/orders-1', 4],
      ['meshmart/orders-2', 5],
    ])
    expect(acknowledgements.isBehind(new Map([['a', 4]]))).toBe(false)
    expect(acknowledgements.isBehind(new Map([['a', 5]]))).toBe(true)
    acknowledgements.forget({ namespace: 'meshmart', service: 'orders', instance: 'orders-1' })
    expect(acknowledgements.isBehind(new Map([['a', 5]]))).toBe(false)
    for (let n = 0; n < 1_000; n++) take('orders-2', `k${n}`, 1)
    expect(acknowledgements.followersOf(['a', 'b', 'k999']).map(({ key }) => key)).toEqual(['k999'])
  })

  it('names what is wrong', () => {
    const acknowledgements = new Acknowledgements()
    expect(() =>
      acknowledgements.take('mesh.ack.meshmart.orders', { key: 'k', revision: 1, accepted: true }, 0),
    ).toThrow('subject')
    expect(() => acknowledgements.take(subject, { key: 'k', revision: -1, accepted: true }, 0)).toThrow('revision')
  })
})
