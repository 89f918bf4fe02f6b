/** `meshctl delete`: by name, or everything that files name. */
import { parseResources } from '@meshmart/istio-api'
import { UsageError, type Command, type Invocation } from '../command.ts'
import { CHANGE_OPTIONS, change, changeQuery } from '../online/change.ts'
import { Client } from '../online/client.ts'
import { kindOf, namedBy, type Named } from '../online/kinds.ts'
import { FILE_OPTION, NAMESPACE_OPTION } from '../online/resources.ts'

export const remove: Command = {
  name: 'delete',
  summary: 'Takes resources away that were applied, all or none',
  positionals: 'KIND NAME',
  options: { ...FILE_OPTION, ...NAMESPACE_OPTION, ...CHANGE_OPTIONS },
  examples: [
    ['meshctl delete vs orders -n meshmart --wait 10s', 'one of them'],
    ['meshctl delete -f canary.yaml', 'what that file names'],
  ],
  async run(invocation) {
    const named = invocation.texts('filename').length > 0 ? await inFiles(invocation) : [byName(invocation)]
    const query = changeQuery(invocation)
    return change(new Client(invocation), { path: '/v1/config/delete', query, body: { resources: named } })
  },
}

const byName = (invocation: Invocation): Named => namedBy(invocation.positionals, invocation.text('namespace'))

async function inFiles(invocation: Invocation): Promise<Named[]> {
  const files = await invocation.files(invocation.texts('filename'))
  return files.flatMap(({ name: file, text }) => {
    return parseResources(text, file).documents.map((data): Named => {
      const { kind, metadata } = (data ?? {}) as { kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } }
      if (typeof kind !== 'string' || typeof metadata?.name !== 'string') {
        throw new UsageError(`${file}: a document has no kind and name`)
      }
      const { name, namespace } = metadata
      const where = typeof namespace === 'string' ? namespace : (invocation.text('namespace') ?? 'default')
      return { kind: kindOf(kind), namespace: where, name }
    })
  })
}
