/** `meshctl apply`: all of it or nothing. */
import type { Command } from '../command.ts'
import { CHANGE_OPTIONS, change, changeQuery } from '../online/change.ts'
import { Client } from '../online/client.ts'
import { FILE_OPTION, submitted } from '../online/resources.ts'

export const apply: Command = {
  name: 'apply',
  summary: 'Puts resources into force, all or nothing',
  positionals: 'FILE|DIR…',
  options: {
    ...FILE_OPTION,
    override: { type: 'flag', describe: "take the place of the folder's resources of the same names, until deleted" },
    ...CHANGE_OPTIONS,
  },
  examples: [
    ['meshctl apply -f canary.yaml --wait 10s', 'until every sidecar that needs it runs it'],
    ['meshctl apply -f canary.yaml --dry-run', 'what would happen'],
    ['meshctl apply -f orders.yaml --override', "in place of the folder's, until meshctl delete"],
  ],
  async run(invocation) {
    const files = await submitted(invocation)
    const query = { ...changeQuery(invocation), override: invocation.flag('override') ? 'true' : undefined }
    return change(new Client(invocation), { path: '/v1/config/apply', query, files })
  },
}
