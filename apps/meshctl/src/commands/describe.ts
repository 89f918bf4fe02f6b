/** `meshctl describe`: one resource with its origin and its history. */
import { formatYaml } from '@meshmart/istio-api'
import { EXIT, type Command } from '../command.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'
import { namedBy, pathOf } from '../online/kinds.ts'
import { isRefusal, refusal } from '../online/refusal.ts'
import { NAMESPACE_OPTION } from '../online/resources.ts'
import { sourceWords, type Revision, type Sourced } from '../online/sourced.ts'

export const describe: Command = {
  name: 'describe',
  summary: 'Tells where a resource comes from and who has changed it',
  positionals: 'KIND NAME',
  options: { ...NAMESPACE_OPTION, ...ONLINE_OPTIONS },
  examples: [['meshctl describe vs orders -n meshmart', 'one VirtualService']],
  async run(invocation) {
    const client = new Client(invocation)
    const named = namedBy(invocation.positionals, invocation.text('namespace'))
    const answer = await client.ask<Sourced>({ path: pathOf(named) })
    if (isRefusal(answer)) return refusal(answer)
    const name = `${named.kind} ${named.namespace}/${named.name}`
    const { body } = await client.ask<{ revisions: Revision[] }>({
      path: '/v1/config/history',
      query: { limit: '200' },
    })
    const history = body.revisions.filter(({ resources }) => resources.includes(name))
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

function sourceNote(sourced: Sourced): string {
  const { file, overrides } = sourced
  if (overrides !== undefined) return `${sourceWords(sourced)}, which is in force again when it is deleted`
  return file === undefined ? sourceWords(sourced) : `the folder, ${file} (--override takes its place)`
}
