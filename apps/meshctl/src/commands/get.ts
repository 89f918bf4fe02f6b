/** `meshctl get`: what is in force, and whence. */
import type { SourcedResource } from '@meshmart/contracts'
import { formatYaml } from '@meshmart/istio-api'
import { EXIT, type Command } from '../command.ts'
import { ask } from '../online/answers.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'
import { kindOf, namedBy, pathOf } from '../online/kinds.ts'
import { NAMESPACE_OPTION } from '../online/resources.ts'
import { sourceWords } from '../online/sourced.ts'
import { columns } from '../table.ts'

export const get: Command = {
  name: 'get',
  summary: 'Lists resources that are in force, or prints one',
  positionals: '[KIND [NAME]]',
  options: { ...NAMESPACE_OPTION, ...ONLINE_OPTIONS },
  examples: [
    ['meshctl get', 'everything'],
    ['meshctl get vs -n meshmart', 'VirtualServices of one namespace'],
    ['meshctl get vs orders -n meshmart -o yaml', 'one, as it was written'],
  ],
  async run(invocation) {
    const client = new Client(invocation)
    const namespace = invocation.text('namespace')
    const [kind, name] = invocation.positionals
    if (name !== undefined || kind?.includes('/') === true) {
      const path = pathOf(namedBy(invocation.positionals, namespace))
      const answer = await ask(client, { path }, (each) => each.SourcedResource)
      if (answer.refused !== undefined) return answer.refused
      const { document } = answer.body
      return { exitCode: EXIT.fine, result: document, words: () => formatYaml(document) }
    }
    const query = { kind: kind === undefined ? undefined : kindOf(kind), namespace }
    const answer = await ask(client, { path: '/v1/config', query }, (each) => each.SourcedResources)
    if (answer.refused !== undefined) return answer.refused
    const { resources } = answer.body
    return { exitCode: EXIT.fine, result: resources.map(({ document }) => document), words: () => table(resources) }
  },
}

function table(resources: readonly SourcedResource[]): string {
  if (resources.length === 0) return 'Nothing is there'
  const rows = resources.map((each) => {
    const { kind, metadata } = each.document
    return [kind, metadata.namespace ?? 'default', metadata.name, sourceWords(each), metadata.resourceVersion ?? '-']
  })
  return columns([['KIND', 'NAMESPACE', 'NAME', 'SOURCE', 'REVISION'], ...rows]).join('\n')
}
