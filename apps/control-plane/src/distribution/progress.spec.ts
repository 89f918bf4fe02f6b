import { describe, expect, it } from 'vitest'
import type { Follower } from './acknowledgements.ts'
import { Progress } from './progress.ts'

const heard = (proxy: string, key: string, revision: number, accepted = true): Follower => ({
  proxy,
  key,
  heard: { revision, accepted },
})
const versions = (all: Record<string, number>) => (after: number) =>
  new Map(Object.entries(all).filter(([, version]) => version > after))
const among = (all: readonly Follower[]) => (keys: readonly string[]) => all.filter(({ key }) => keys.includes(key))

describe('Progress', () => {
  it('a revision concerns who follows what it has written, and nobody else', () => {
    const progress = new Progress()
    progress.saw(1, 20, versions({ a: 10, b: 20 }))
    expect(progress.reach(1, among([heard('one', 'a', 10), heard('two', 'b', 20)]))).toMatchObject({ missing: [] })
    progress.saw(2, 21, versions({ a: 10, b: 21 }))
    const reach = progress.reach(2, among([heard('one', 'a', 10), heard('two', 'b', 20), heard('three', 'b', 21)]))
    expect(reach).toMatchObject({ published: true, concerned: 2, refused: [], missing: [{ proxy: 'two' }] })
  })

  it('is not published before the bucket says so', () => {
    expect(new Progress().reach(1, among([]))).toMatchObject({ published: false })
  })

  it('whoever runs a later version runs the earlier change, too', () => {
    const progress = new Progress()
    progress.saw(1, 10, versions({ a: 10 }))
    progress.saw(2, 11, versions({ a: 11 }))
    expect(progress.reach(1, among([heard('one', 'a', 11)]))).toMatchObject({ concerned: 1, missing: [] })
  })

  it('several revisions that were published as one share its way', () => {
    const progress = new Progress()
    progress.saw(5, 10, versions({ a: 10 }))
    expect(progress.reach(3, among([heard('one', 'a', 9)]))).toMatchObject({ missing: [{ proxy: 'one' }] })
    progress.saw(5, 99, versions({ a: 99 }))
    expect(progress.reach(3, among([heard('one', 'a', 10)]))).toMatchObject({ missing: [] })
  })

  it('a refusal is one until a later version is accepted', () => {
    const progress = new Progress()
    progress.saw(1, 10, versions({ a: 10 }))
    expect(progress.reach(1, among([heard('one', 'a', 10, false)]))).toMatchObject({ refused: [{ proxy: 'one' }] })
    expect(progress.reach(1, among([heard('one', 'a', 11)]))).toMatchObject({ refused: [], missing: [] })
    // From here on it is known to run: a sidecar that comes later does not matter.
    expect(progress.reach(1, among([heard('two', 'a', 3)]))).toMatchObject({ concerned: 0, missing: [] })
  })
})
