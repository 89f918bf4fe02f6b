/** A resource is read, changed and applied; its `resourceVersion` goes along, so that a change in between is refused and not lost. */
import type { Invocation, Outcome } from '../command.ts'
import { change, changeQuery } from './change.ts'
import { Client } from './client.ts'
import { namedBy, pathOf } from './kinds.ts'
import { isRefusal, refusal } from './refusal.ts'
import type { Document, Sourced } from './sourced.ts'

export async function editVirtualService(
  invocation: Invocation,
  name: string,
  edit: (document: Document) => Document,
): Promise<Outcome> {
  const client = new Client(invocation)
  const named = namedBy(['VirtualService', name], invocation.text('namespace'))
  const answer = await client.ask<Sourced>({ path: pathOf(named) })
  if (isRefusal(answer)) return refusal(answer)
  const files = [
    { name: `VirtualService ${named.namespace}/${name}`, text: JSON.stringify(edit(answer.body.document), null, 2) },
  ]
  return change(client, { path: '/v1/config/apply', query: changeQuery(invocation), files })
}
