import type { Problem } from '@meshmart/istio-api'
import { describe, expect, it } from 'vitest'
import { NOTHING_APPLIED, type AppliedState } from '../applied.ts'
import { admit } from './admission.ts'
import type { KubernetesObject } from './api.ts'
import { ResourceReader } from './resource-reader.ts'
import { ISTIO_TYPES, type WatchedType } from './watched-types.ts'

const RULE = ISTIO_TYPES.find(({ kind }) => kind === 'DestinationRule') as WatchedType
const object = (name: string, spec: object = { host: name }, uid = name): KubernetesObject => ({
  metadata: { name, namespace: 'shop', uid, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec,
})
const read = (...objects: KubernetesObject[]) =>
  new ResourceReader().read(objects.map((each) => ({ type: RULE, object: each })))
const nothingWrong = () => []
const hostsOf = ({ documents }: AppliedState) =>
  [...documents.values()].map(({ spec }) => (spec as { host: string }).host).toSorted()
const name = (of: string) => `DestinationRule shop/${of}`
const problem = (resource: string, severity: Problem['severity'] = 'error'): Problem => ({
  severity,
  code: severity === 'error' ? 'invalid' : 'ineffective',
  resource,
  path: '',
  file: '',
  line: 1,
  column: 1,
  message: 'is wrong',
})

describe('admit', () => {
  const first = admit(NOTHING_APPLIED, read(object('a'), object('b')), nothingWrong)

  it('takes what is right as the next revision', () => {
    expect(first.state.revision).toBe(1)
    expect(first.changes.map(({ resource, change }) => [resource, change])).toEqual([
      [name('a'), 'created'],
      [name('b'), 'created'],
    ])
    expect(first.state.documents.get(name('a'))?.metadata).toMatchObject({
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    })
  })

  it('is the state before where nothing has changed', () => {
    const again = admit(first.state, read(object('a'), object('b')), nothingWrong)
    expect(again.state).toBe(first.state)
    expect(again.changes).toEqual([])
  })

  it('leaves one that is wrong as it was, and takes the others', () => {
    const next = admit(first.state, read(object('a', { hoost: 'x' }), object('b', { host: 'c' })), nothingWrong)
    expect(hostsOf(next.state)).toEqual(['a', 'c'])
    expect(next.state.documents.get(name('a'))).toBe(first.state.documents.get(name('a')))
    expect([...next.errors.keys()]).toEqual([name('a')])
  })

  it('leaves out one that is wrong and was never right', () => {
    const next = admit(first.state, read(object('a'), object('b'), object('c', {})), nothingWrong)
    expect(next.state).toBe(first.state)
    expect([...next.errors.keys()]).toEqual([name('c')])
  })

  it('what was deleted is gone, also when something wrong took its name', () => {
    expect(hostsOf(admit(first.state, read(object('b')), nothingWrong).state)).toEqual(['b'])
    const remade = admit(first.state, read(object('a', {}, 'another'), object('b')), nothingWrong)
    expect(hostsOf(remade.state)).toEqual(['b'])
  })

  it('one that was made anew with the same words is a change: it is younger', () => {
    const next = admit(first.state, read(object('a', { host: 'a' }, 'another'), object('b')), nothingWrong)
    expect(next.changes.map(({ resource, change }) => [resource, change])).toEqual([[name('a'), 'changed']])
    expect(next.state.documents.get(name('a'))?.metadata['uid']).toBe('another')
  })

  it('keeps out what is wrong beside the others, and asks again without it', () => {
    const asked: number[] = []
    const check = ({ documents }: AppliedState) => {
      asked.push(documents.size)
      return documents.has(name('c')) ? [problem(name('c'))] : [problem(name('a'), 'warning')]
    }
    const next = admit(first.state, read(object('a'), object('b'), object('c')), check)
    expect(asked).toEqual([3, 2])
    expect(hostsOf(next.state)).toEqual(['a', 'b'])
    expect([[...next.errors.keys()], [...next.warnings.keys()]]).toEqual([[name('c')], [name('a')]])
  })
})
