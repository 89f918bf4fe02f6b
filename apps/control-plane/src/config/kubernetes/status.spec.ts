import type { Problem } from '@meshmart/istio-api'
import { describe, expect, it } from 'vitest'
import type { Follower } from '../../distribution/acknowledgements.ts'
import type { Reach } from '../../distribution/progress.ts'
import type { KubernetesObject } from './api.ts'
import { statusFor, type Condition, type Verdict } from './status.ts'

const EARLIER = Date.UTC(2026, 0, 1)
const NOW = Date.UTC(2026, 0, 2)
const object = (status?: object): KubernetesObject => ({
  metadata: { name: 'a', generation: 3 },
  ...(status !== undefined && { status }),
})
const reach = (more: Partial<Reach> = {}): Reach => ({
  published: true,
  concerned: 2,
  missing: [],
  refused: [],
  ...more,
})
const verdict = (more: Partial<Verdict> = {}): Verdict => ({
  errors: [],
  warnings: [],
  notStored: null,
  inForce: 3,
  reach: reach(),
  ...more,
})
const follower = (proxy: string, reason?: string): Follower => ({
  proxy,
  key: 'outbound.shop.a',
  heard: { revision: 1, accepted: reason === undefined, ...(reason !== undefined && { reason }) },
})
const problem: Problem = {
  severity: 'error',
  code: 'invalid',
  resource: 'X shop/a',
  path: 'spec.host',
  file: '',
  line: 1,
  column: 1,
  message: 'must be a host',
}
const said = (of: Verdict) =>
  (statusFor(object(), of, NOW)!.conditions as Condition[]).map(({ type, status, reason, message }) =>
    [type, status, reason, message].join('|'),
  )

describe('statusFor', () => {
  it.each<[string, Partial<Verdict>, string[]]>([
    [
      'runs everywhere',
      {},
      ['PassedValidation|True|Valid|', 'Reconciled|True|Acknowledged|every sidecar that needs it runs it'],
    ],
    [
      'is on its way',
      { reach: reach({ missing: [follower('shop/orders-1')] }) },
      ['PassedValidation|True|Valid|', 'Reconciled|False|Pending|1 of 2 acknowledged; missing: shop/orders-1'],
    ],
    [
      'is refused by a sidecar',
      { reach: reach({ refused: [follower('shop/orders-1', 'too new')] }) },
      [
        'PassedValidation|True|Valid|',
        'Reconciled|False|Refused|1 of 2 refuse it; shop/orders-1 outbound.shop.a: too new',
      ],
    ],
    [
      'is wrong',
      { errors: [problem], inForce: 2 },
      [
        'PassedValidation|False|Invalid|spec.host must be a host',
        'Reconciled|False|NotValid|generation 2 stays in force',
      ],
    ],
    [
      'was never right',
      { errors: [problem], inForce: null },
      [
        'PassedValidation|False|Invalid|spec.host must be a host',
        'Reconciled|False|NotValid|nothing of it is in force',
      ],
    ],
    [
      'has no effect somewhere',
      { warnings: [{ ...problem, severity: 'warning', code: 'ineffective', message: 'has no effect' }] },
      [
        'PassedValidation|True|ValidWithWarnings|spec.host has no effect',
        'Reconciled|True|Acknowledged|every sidecar that needs it runs it',
      ],
    ],
    [
      'could not be stored',
      { notStored: 'the disk is full' },
      ['PassedValidation|True|Valid|', 'Reconciled|False|NotStored|the disk is full'],
    ],
    [
      'is not published yet',
      { reach: reach({ published: false }) },
      ['PassedValidation|True|Valid|', 'Reconciled|False|NotPublished|not handed to the sidecars yet'],
    ],
  ])('one that %s', (_, more, wanted) => expect(said(verdict(more))).toEqual(wanted))

  it('says nothing where the object says it already, in whatever order', () => {
    const first = statusFor(object(), verdict(), EARLIER)!
    const kept = JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(first).toReversed()))) as object
    expect(statusFor(object(kept), verdict(), NOW)).toBeNull()
  })

  it('keeps the time of a condition that stays, and of others all', () => {
    const foreign = { type: 'Programmed', status: 'True' }
    const first = statusFor(object({ conditions: [foreign] }), verdict(), EARLIER)!
    const second = statusFor(object(first), verdict({ errors: [problem], inForce: 2 }), NOW)!
    expect(second.conditions[0]).toEqual(foreign)
    const times = (second.conditions.slice(1) as Condition[]).map(({ lastTransitionTime }) => lastTransitionTime)
    expect(times).toEqual([new Date(NOW).toISOString(), new Date(NOW).toISOString()])
    const third = statusFor({ ...object(first), metadata: { name: 'a', generation: 4 } }, verdict(), NOW)!
    expect(third.conditions[1]).toMatchObject({
      observedGeneration: 4,
      lastTransitionTime: new Date(EARLIER).toISOString(),
    })
  })

  it("lists analysis messages under Istio's codes", () => {
    const finding = { ...problem, severity: 'warning', code: 'ineffective', finding: 'IST0101' } as const
    expect(
      statusFor(object(), verdict({ errors: [problem], warnings: [finding] }), NOW)?.validationMessages,
    ).toMatchObject([
      { type: { code: 'IST0106', name: 'SchemaValidationError' }, level: 'ERROR' },
      { type: { code: 'IST0101', name: 'ReferencedResourceNotFound' }, level: 'ERROR' },
    ])
  })
})
