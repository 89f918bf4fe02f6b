/** `meshctl diff`: what an apply would change, line by line. Ends with 1 only where the control plane would refuse it. */
import { EXIT, type Command } from '../command.ts'
import { ask } from '../online/answers.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'
import { diffLines } from '../online/diff-lines.ts'
import { problemLines } from '../online/refusal.ts'
import { FILE_OPTION, submitted } from '../online/resources.ts'

export const diff: Command = {
  name: 'diff',
  summary: 'Shows what an apply would change',
  positionals: 'FILE|DIR…',
  options: { ...FILE_OPTION, ...ONLINE_OPTIONS },
  examples: [['meshctl diff -f canary.yaml', 'before it is applied']],
  async run(invocation) {
    const files = await submitted(invocation)
    const question = { method: 'POST', path: '/v1/config/diff', files } as const
    const answer = await ask(new Client(invocation), question, (each) => each.ConfigurationChange)
    if (answer.refused !== undefined) return answer.refused
    const { body } = answer
    const { changes, warnings } = body
    const lines = (): string[] => [...changes.flatMap(diffLines), ...problemLines(warnings)]
    const words = (): string => (changes.length === 0 ? ['Nothing differs', ...lines()] : lines()).join('\n')
    return { exitCode: EXIT.fine, result: body, words }
  },
}
