import { parseResources } from '@meshmart/istio-api'
import { describe, expect, it } from 'vitest'
import { applied, changesBetween, NOTHING_APPLIED, removed, rolledBack } from './applied.ts'
import { readWritten, written } from './documents.ts'

const read = (text: string) => readWritten(parseResources(text, 'test.yaml').documents)

const now = Date.parse('2026-11-29T12:00:00Z')
const route = (timeout: string, more = '') =>
  read(
    `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: orders, namespace: meshmart${more}}, spec: {hosts: [orders], http: [{timeout: ${timeout}}]}}`,
  )

describe('applied configuration', () => {
  const first = applied(NOTHING_APPLIED, route('1s'), now)
  const [document] = first.state.documents.values()

  it('is stamped when it comes, and again when it changes', () => {
    expect(first.changes).toMatchObject([
      { resource: 'VirtualService meshmart/orders', change: 'created', before: null },
    ])
    expect(document?.metadata).toMatchObject({
      creationTimestamp: '2026-11-29T12:00:00.000Z',
      generation: 1,
      resourceVersion: '1',
    })
    const second = applied(first.state, route('2s'), now + 1_000)
    const [changed] = second.state.documents.values()
    expect(changed?.metadata).toMatchObject({
      creationTimestamp: '2026-11-29T12:00:00.000Z',
      generation: 2,
      resourceVersion: '2',
    })
  })

  it('is no change where its author has changed nothing, whatever stands in the fields that are not his', () => {
    const same = applied(first.state, route('1s', ', resourceVersion: "1", generation: 9, uid: x'), now + 1_000)
    expect(same).toEqual({ state: first.state, changes: [] })
    expect(same.state).toBe(first.state)
  })

  it('does not care for the order of fields, nor for a namespace that is the default', () => {
    const [a] = read('{apiVersion: v, kind: K, metadata: {name: one}, spec: {a: 1, b: 2}}')
    const [b] = read(
      '{kind: K, spec: {b: 2, a: 1}, metadata: {namespace: default, name: one}, apiVersion: v, status: {x: 1}}',
    )
    expect(written(a!)).toBe(written(b!))
  })

  it('rolls back to what was, as a revision of its own', () => {
    const second = applied(first.state, route('2s'), now)
    const third = removed(second.state, ['VirtualService meshmart/orders'])
    expect(third.changes).toMatchObject([{ change: 'removed', after: null }])
    const back = rolledBack(third.state, first.state, now)
    expect(back.state.revision).toBe(4)
    expect(changesBetween(first.state.documents, back.state.documents)).toEqual([])
    expect(rolledBack(first.state, first.state, now).changes).toEqual([])
  })
})
