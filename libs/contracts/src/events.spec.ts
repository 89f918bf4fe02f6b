/** What was published stays readable: the schemas of today against events of version 1 and what it promised (`testing/`). */
import { describe, expect, it } from 'vitest'
import { EventEnvelope, eventSchemas, type EventType } from './events.ts'
import { compare, pathsIn, pathsOf, schemaOf } from './testing/growth.ts'
import { publishedEvents } from './testing/published-events.ts'
import { publishedEnvelope, publishedSchemas } from './testing/published-schemas.ts'

const types = Object.keys(eventSchemas) as EventType[]
const samplesOf = (type: string) =>
  publishedEvents.filter((event): event is { data: unknown } => (event as { type?: unknown }).type === type)

const refused = (what: string, broken: readonly string[]): string =>
  `${what} of version 1 is published and may only grow by optional fields: ${broken.join('; ')}.
Readers are strict and streams keep what was published, so this change would make dead letters of events. Either take it back and add an optional field (released to
all readers before anybody writes it), or publish a new version beside this one: readers learn both first, the writer changes over last.`

const unwritten = (what: string, grown: readonly { path: string; schema: unknown }[]): string =>
  `${what} has grown, which it may. Write it down in src/testing/published-schemas.ts, so that nobody takes it away again, and add an event that has it to src/testing/published-events.ts:
${grown.map(({ path, schema }) => `${path}: ${JSON.stringify(schema)}`).join('\n')}`

describe.each(types)('%s', (type) => {
  const schema = eventSchemas[type]

  it('reads what has been published, to the letter', () => {
    const samples = samplesOf(type)
    expect(samples.length, `no event of ${type} stands in src/testing/published-events.ts`).toBeGreaterThan(0)
    for (const sample of samples) {
      expect(EventEnvelope.parse(sample)).toStrictEqual(sample)
      expect(schema.parse(sample.data)).toStrictEqual(sample.data)
    }
  })

  it('means what it meant', () => {
    const published = publishedSchemas[type]
    expect(published, `what ${type} promises stands not in src/testing/published-schemas.ts`).toBeDefined()
    const { broken } = compare(published!, schemaOf(schema), 'data')
    expect(broken, refused(type, broken)).toEqual([])
  })

  it('has written down how it has grown', () => {
    const { grown } = compare(publishedSchemas[type] ?? {}, schemaOf(schema), 'data')
    expect(grown, unwritten(type, grown)).toEqual([])
    const seen = new Set(samplesOf(type).flatMap(({ data }) => pathsIn(data, 'data')))
    const unseen = pathsOf(schemaOf(schema), 'data').filter((path) => !seen.has(path))
    expect(unseen, `no event of ${type} in src/testing/published-events.ts has these`).toEqual([])
  })
})

it('reads every type that was published', () => {
  const gone = Object.keys(publishedSchemas).filter((type) => !types.includes(type as EventType))
  expect(gone, 'streams and dead letters still hold events of these types').toEqual([])
})

it('keeps the envelope', () => {
  const { broken, grown } = compare(publishedEnvelope, schemaOf(EventEnvelope.omit({ type: true })), 'event')
  expect(broken, refused('the envelope', broken)).toEqual([])
  expect(grown, unwritten('the envelope', grown)).toEqual([])
})
