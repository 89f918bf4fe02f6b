/**
 * The cases of w3c/trace-context's test/test.py (levels 1 and 2, strict level 2), written anew as data: what is sent, and what must arrive. The original asks a
 * service to call back; here a request goes through the sidecar, and the call is what arrives behind it.
 */
export interface TraceCase {
  readonly name: string
  /** One request each. */
  readonly requests: readonly TraceRequest[]
  /** Requests are of one family: every span that arrives is another. */
  readonly distinctSpans?: boolean
}

export interface TraceRequest {
  readonly fields: readonly (readonly [string, string])[]
  /** The trace goes on. */
  readonly traceId?: string
  /** The trace does not go on. */
  readonly notTraceIds?: readonly string[]
  readonly notSpanId?: string
  readonly randomFlag?: boolean
  /** Members of tracestate that arrive, with their values (one of them where there are several), in this order. */
  readonly members?: readonly (readonly [string, ...string[]])[]
  /** Keys that do not arrive. */
  readonly absent?: readonly string[]
  readonly memberCount?: number
}

const TRACE = '12345678901234567890123456789012'
const SPAN = '1234567890123456'
const parent = (text: string): readonly [string, string] => ['traceparent', text]
const state = (text: string): readonly [string, string] => ['tracestate', text]
const KEPT = parent(`00-${TRACE}-${SPAN}-01`)
const UNKEPT = parent(`00-${TRACE}-${SPAN}-00`)

/** None of these may be continued. @param ids what must not be taken for the trace id, where it is another than the usual one */
const refused = (name: string, texts: readonly string[], ids: readonly string[] = [TRACE]): TraceCase => ({
  name,
  requests: texts.map((text) => ({ fields: [parent(text)], notTraceIds: ids })),
})

const carried = (...states: string[]): readonly (readonly [string, string])[] => [UNKEPT, ...states.map(state)]

/** Every character that a key and a value may have. */
const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/'
const VALUE = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index))
  .filter((character) => character !== ',' && character !== '=')
  .join('')
const member = (index: number): string => `bar${String(index).padStart(2, '0')}=${String(index).padStart(2, '0')}`
const members = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => member(from + index)).join(',')

export const traceCases: readonly TraceCase[] = [
  { name: 'both_traceparent_and_tracestate_missing', requests: [{ fields: [] }] },
  {
    name: 'traceparent_included_tracestate_missing',
    requests: [{ fields: [KEPT], traceId: TRACE, notSpanId: SPAN }],
  },
  {
    name: 'traceparent_duplicated',
    requests: [
      {
        fields: [parent(`00-${TRACE.slice(0, -1)}1-${SPAN}-01`), KEPT],
        notTraceIds: [`${TRACE.slice(0, -1)}1`, TRACE],
      },
    ],
  },
  {
    name: 'traceparent_header_name',
    requests: ['trace-parent', 'trace.parent'].map((name) => ({ fields: [[name, KEPT[1]]], notTraceIds: [TRACE] })),
  },
  {
    name: 'traceparent_header_name_valid_casing',
    requests: ['TraceParent', 'TrAcEpArEnT', 'TRACEPARENT'].map((name) => ({
      fields: [[name, KEPT[1]]],
      traceId: TRACE,
    })),
  },
  refused('traceparent_version_0x00', [`${KEPT[1]}.`, `${KEPT[1]}-what-the-future-will-be-like`]),
  {
    name: 'traceparent_version_0xcc',
    requests: [
      { fields: [parent(`cc-${TRACE}-${SPAN}-01`)], traceId: TRACE },
      { fields: [parent(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`)], traceId: TRACE },
      { fields: [parent(`cc-${TRACE}-${SPAN}-01.what-the-future-will-be-like`)], notTraceIds: [TRACE] },
    ],
  },
  refused('traceparent_version_0xff', [`ff-${TRACE}-${SPAN}-01`]),
  refused('traceparent_version_illegal_characters', [`.0-${TRACE}-${SPAN}-01`, `0.-${TRACE}-${SPAN}-01`]),
  refused('traceparent_version_too_long', [`000-${TRACE}-${SPAN}-01`, `0000-${TRACE}-${SPAN}-01`]),
  refused('traceparent_version_too_short', [`0-${TRACE}-${SPAN}-01`]),
  refused('traceparent_trace_id_all_zero', [`00-${'0'.repeat(32)}-${SPAN}-01`], ['0'.repeat(32)]),
  refused(
    'traceparent_trace_id_illegal_characters',
    [`00-.${TRACE.slice(1)}-${SPAN}-01`, `00-${TRACE.slice(0, -1)}.-${SPAN}-01`],
    [`.${TRACE.slice(1)}`, `${TRACE.slice(0, -1)}.`],
  ),
  refused('traceparent_trace_id_too_long', [`00-${TRACE}3-${SPAN}-01`], [`${TRACE}3`, TRACE, `${TRACE}3`.slice(1)]),
  refused('traceparent_trace_id_too_short', [`00-${TRACE.slice(0, -1)}-${SPAN}-01`], [TRACE.slice(0, -1)]),
  refused('traceparent_parent_id_all_zero', [`00-${TRACE}-${'0'.repeat(16)}-01`]),
  refused('traceparent_parent_id_illegal_characters', [
    `00-${TRACE}-.${SPAN.slice(1)}-01`,
    `00-${TRACE}-${SPAN.slice(0, -1)}.-01`,
  ]),
  refused('traceparent_parent_id_too_long', [`00-${TRACE}-${SPAN}7-01`]),
  refused('traceparent_parent_id_too_short', [`00-${TRACE}-${SPAN.slice(0, -1)}-01`]),
  refused('traceparent_trace_flags_illegal_characters', [`00-${TRACE}-${SPAN}-.0`, `00-${TRACE}-${SPAN}-0.`]),
  refused('traceparent_trace_flags_too_long', [`00-${TRACE}-${SPAN}-001`]),
  refused('traceparent_trace_flags_too_short', [`00-${TRACE}-${SPAN}-1`]),
  {
    name: 'traceparent_ows_handling',
    requests: [
      [' ', ''],
      ['\t', ''],
      ['', ' '],
      ['', '\t'],
      ['\t ', ' \t'],
    ].map(([before = '', after = '']) => ({ fields: [parent(before + KEPT[1] + after)], traceId: TRACE })),
  },
  {
    name: 'tracestate_included_traceparent_missing',
    requests: [
      { fields: [state('foo=1')], memberCount: 0 },
      { fields: [state('foo=1,bar=2')], memberCount: 0 },
    ],
  },
  {
    name: 'tracestate_included_traceparent_included',
    requests: [
      {
        fields: carried('foo=1,bar=2'),
        traceId: TRACE,
        members: [
          ['foo', '1'],
          ['bar', '2'],
        ],
      },
    ],
  },
  {
    name: 'tracestate_header_name',
    requests: ['trace-state', 'trace.state'].map((name) => ({ fields: [UNKEPT, [name, 'foo=1']], absent: ['foo'] })),
  },
  {
    name: 'tracestate_header_name_valid_casing',
    requests: ['TraceState', 'TrAcEsTaTe', 'TRACESTATE'].map((name) => ({
      fields: [UNKEPT, [name, 'foo=1']],
      members: [['foo', '1']],
    })),
  },
  {
    name: 'tracestate_empty_header',
    requests: [
      { fields: carried(''), traceId: TRACE, memberCount: 0 },
      { fields: carried('foo=1', ''), traceId: TRACE, members: [['foo', '1']] },
      { fields: carried('', 'foo=1'), traceId: TRACE, members: [['foo', '1']] },
    ],
  },
  {
    name: 'tracestate_multiple_headers_different_keys',
    requests: [
      {
        fields: carried('foo=1,bar=2', 'rojo=1,congo=2', 'baz=3'),
        traceId: TRACE,
        members: [
          ['foo', '1'],
          ['bar', '2'],
          ['rojo', '1'],
          ['congo', '2'],
          ['baz', '3'],
        ],
      },
    ],
  },
  {
    name: 'tracestate_duplicated_keys',
    requests: [['foo=1,foo=1'], ['foo=1,foo=2'], ['foo=1', 'foo=1'], ['foo=1', 'foo=2']].map((lines) => ({
      fields: carried(...lines),
      traceId: TRACE,
      members: [lines.join().includes('foo=2') ? ['foo', '1', '2'] : ['foo', '1']],
    })),
  },
  {
    name: 'tracestate_all_allowed_characters',
    requests: [KEY, `${KEY}@a-z0-9_-*/`].map((key) => ({
      fields: carried(`${key}=${VALUE}`),
      members: [[key, VALUE]],
    })),
  },
  {
    name: 'tracestate_ows_handling',
    requests: [
      ...['foo=1 \t , \t bar=2, \t baz=3', 'foo=1\t \t,\t \tbar=2,\t \tbaz=3'].map((text): TraceRequest => ({
        fields: carried(text),
        members: [
          ['foo', '1'],
          ['bar', '2'],
          ['baz', '3'],
        ],
      })),
      ...[' foo=1', '\tfoo=1', 'foo=1 ', 'foo=1\t', '\t foo=1 \t'].map((text): TraceRequest => ({
        fields: carried(text),
        traceId: TRACE,
        members: [['foo', '1']],
      })),
    ],
  },
  {
    name: 'tracestate_key_illegal_characters',
    requests: [
      { fields: carried('foo =1'), absent: ['foo ', 'foo'] },
      { fields: carried('FOO=1'), absent: ['FOO'] },
      { fields: carried('foo.bar=1'), absent: ['foo.bar'] },
    ],
  },
  {
    name: 'tracestate_key_illegal_vendor_format',
    requests: [
      ...['foo@', 'foo@@bar', 'foo@bar@baz'].map((key): TraceRequest => ({
        fields: carried(`${key}=1,bar=2`),
        members: [
          [key, '1'],
          ['bar', '2'],
        ],
      })),
      { fields: carried('@foo=1,bar=2'), absent: ['bar'] },
    ],
  },
  {
    name: 'tracestate_member_count_limit',
    requests: [
      {
        fields: carried(members(1, 10), members(11, 20), members(21, 30), members(31, 32)),
        members: [['bar01', '01']],
        memberCount: 32,
      },
      { fields: carried(members(1, 10), members(11, 20), members(21, 30), members(31, 33)), absent: ['bar01'] },
    ],
  },
  {
    name: 'tracestate_key_length_limit',
    requests: [
      ...['z'.repeat(256), `${'t'.repeat(241)}@${'v'.repeat(14)}`, `${'t'.repeat(242)}@v`, `t@${'v'.repeat(15)}`].map(
        (key): TraceRequest => ({
          fields: carried('foo=1', `${key}=1`),
          members: [
            ['foo', '1'],
            [key, '1'],
          ],
        }),
      ),
      { fields: carried('foo=1', `${'z'.repeat(257)}=1`), absent: ['foo'] },
    ],
  },
  {
    name: 'tracestate_value_illegal_characters',
    requests: [
      { fields: carried('foo=bar=baz'), absent: ['foo'] },
      { fields: carried('foo=,bar=3'), absent: ['foo', 'bar'] },
    ],
  },
  {
    name: 'multiple_requests_with_valid_traceparent',
    requests: [1, 2, 3].map(() => ({ fields: [KEPT], traceId: TRACE })),
    distinctSpans: true,
  },
  {
    name: 'multiple_requests_without_traceparent',
    requests: [1, 2, 3].map(() => ({ fields: [] })),
    distinctSpans: true,
  },
  {
    name: 'multiple_requests_with_illegal_traceparent',
    requests: [1, 2, 3].map(() => ({
      fields: [parent(`00-${'0'.repeat(32)}-${SPAN}-01`)],
      notTraceIds: ['0'.repeat(32)],
    })),
    distinctSpans: true,
  },
  {
    name: 'propagates_random_flag (level 2)',
    requests: [{ fields: [parent(`00-${TRACE}-${SPAN}-02`)], traceId: TRACE, notSpanId: SPAN, randomFlag: true }],
  },
]
