/** `meshctl describe`: one resource with its origin and its history. */
import type { SourcedResource } from '@meshmart/contracts'
import { formatYaml } from '@meshmart/istio-api'
import { EXIT, type Command } from '../command.ts'
import { ask, told } from '../online/answers.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'
import { namedBy, pathOf } from '../online/kinds.ts'
import { NAMESPACE_OPTION } from '../online/resources.ts'
import { sourceWords } from '../online/sourced.ts'

export const describe: Command = {
  name: 'describe',
  summary: 'Tells where a resource comes from and who has changed it',
  positionals: 'KIND NAME',
  options: { ...NAMESPACE_OPTION, ...ONLINE_OPTIONS },
  examples: [['meshctl describe vs orders -n meshmart', 'one VirtualService']],
  async run(invocation) {
    const client = new Client(invocation)
    const named = namedBy(invocation.positionals, invocation.text('namespace'))
    const answer = await ask(client, { path: pathOf(named) }, (each) => each.SourcedResource)
    if (answer.refused !== undefined) return answer.refused
    const name = `${named.kind} ${named.namespace}/${named.name}`
    const whole = { path: '/v1/config/history', query: { limit: '200' } }
    const { revisions } = await told(client, whole, (each) => each.ConfigurationHistory)
    const history = revisions.filter(({ resources }) => resources.includes(name))
    const { document } = answer.body
    const words = (): string =>
      [
        name,
        `Source: ${sourceNote(answer.body)}`,
        ...history.map(({ revision, at, by, action, note }) =>
          `  ${revision}  ${at}  ${action}  ${by}  ${note ?? ''}`.trimEnd(),
        ),
        '',
        formatYaml(document),
      ].join('\n')
    return { exitCode: EXIT.fine, result: { ...answer.body, history }, words }
  },
}

function sourceNote(sourced: SourcedResource): string {
  const { file, overrides, folderChange } = sourced
  if (overrides !== undefined) return `${sourceWords(sourced)}, which is in force again when it is deleted`
  if (folderChange !== undefined) return `${sourceWords(sourced)}: nothing of it is left when it is deleted`
  return file === undefined ? sourceWords(sourced) : `the folder, ${file} (--override takes its place)`
}
