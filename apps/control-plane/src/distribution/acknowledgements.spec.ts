import { describe, expect, it } from 'vitest'
import { Acknowledgements } from './acknowledgements.ts'

const subject = 'mesh.ack.meshmart.orders.orders-1'
const statusOf = (acknowledgements: Acknowledgements, current: number | undefined) =>
  acknowledgements.list(() => current)[0]?.snapshots[0]

describe('Acknowledgements', () => {
  it.each([
    ['synced', { revision: 7, accepted: true }, 7],
    ['stale', { revision: 6, accepted: true }, 7],
    ['stale', { revision: 6, accepted: true }, undefined],
    ['rejected', { revision: 7, accepted: false, reason: 'route 0: bad regex' }, 7],
  ])('tells %s of %j while the bucket holds %s', (status, said, current) => {
    const acknowledgements = new Acknowledgements()
    acknowledgements.take(subject, { key: 'endpoints.x', ...said }, 0)
    expect(statusOf(acknowledgements, current)).toMatchObject({
      status,
      acknowledged: said.revision,
      current: current ?? null,
    })
  })

  it('forgets a replica that has left, and the one longest unheard beyond a thousand', () => {
    const acknowledgements = new Acknowledgements()
    for (let n = 0; n <= 1_000; n++) {
      acknowledgements.take(`mesh.ack.meshmart.orders.orders-${n}`, { key: 'k', revision: 1, accepted: true }, n)
    }
    expect(acknowledgements.list(() => 1)).toHaveLength(1_000)
    expect(acknowledgements.list(() => 1).some(({ instance }) => instance === 'orders-0')).toBe(false)
    acknowledgements.forget({ namespace: 'meshmart', service: 'orders', instance: 'orders-5' })
    expect(acknowledgements.list(() => 1)).toHaveLength(999)
  })

  it('names what is wrong', () => {
    const acknowledgements = new Acknowledgements()
    expect(() =>
      acknowledgements.take('mesh.ack.meshmart.orders', { key: 'k', revision: 1, accepted: true }, 0),
    ).toThrow('subject')
    expect(() => acknowledgements.take(subject, { key: 'k', revision: -1, accepted: true }, 0)).toThrow('revision')
  })
})
