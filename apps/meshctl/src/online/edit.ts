/**
 * A resource is read, changed and applied; its `resourceVersion` goes along, so that a change in between is refused and not lost. One of the folder is left
 * as it is: the changed one takes its place until it is deleted.
 */
import type { ResourceDocument, SourcedResource } from '@meshmart/contracts'
import { UsageError, type Invocation, type Outcome } from '../command.ts'
import { ask } from './answers.ts'
import { change, changeQuery } from './change.ts'
import { Client } from './client.ts'

/** @param edit gets everything else that is in force as well */
export async function editVirtualService(
  invocation: Invocation,
  name: string,
  edit: (document: ResourceDocument, all: readonly ResourceDocument[]) => ResourceDocument,
): Promise<Outcome> {
  const client = new Client(invocation)
  const namespace = invocation.text('namespace')
  const answer = await ask(client, { path: '/v1/config' }, (each) => each.SourcedResources)
  if (answer.refused !== undefined) return answer.refused
  const { resources } = answer.body
  const { document, source } = found(resources, name, namespace)
  const edited = edit(
    document,
    resources.map((each) => each.document),
  )
  const file = `VirtualService ${document.metadata.namespace ?? 'default'}/${name}`
  const files = [{ name: file, text: JSON.stringify(edited, null, 2) }]
  const override = source === 'folder' ? 'true' : undefined
  return change(client, { path: '/v1/config/apply', query: { ...changeQuery(invocation), override }, files })
}

/** A name that one namespace alone has needs no `--namespace`. */
function found(resources: readonly SourcedResource[], name: string, namespace: string | undefined): SourcedResource {
  const named = resources.filter(({ document: { kind, metadata } }) => {
    const isThere = namespace === undefined || namespace === (metadata.namespace ?? 'default')
    return kind === 'VirtualService' && metadata.name === name && isThere
  })
  const [only] = named
  if (only !== undefined && named.length === 1) return only
  const homes = named.map(({ document }) => document.metadata.namespace ?? 'default').join(', ')
  const where = namespace === undefined ? '' : ` in ${namespace}`
  throw new UsageError(
    named.length === 0 ? `there is no VirtualService ${name}${where}` : `say which one: --namespace ${homes}`,
  )
}
