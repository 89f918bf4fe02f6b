/** `meshctl rollback`: what was in force once, as a revision of its own. */
import { UsageError, type Command } from '../command.ts'
import { CHANGE_OPTIONS, change, changeQuery } from '../online/change.ts'
import { Client } from '../online/client.ts'

export const rollback: Command = {
  name: 'rollback',
  summary: 'Puts an earlier revision into force again',
  positionals: 'REVISION',
  options: CHANGE_OPTIONS,
  examples: [['meshctl rollback 6 --wait 10s --note "canary failed"', 'back to revision 6']],
  async run(invocation) {
    const [revision, ...more] = invocation.positionals
    if (revision === undefined || !/^\d{1,15}$/.test(revision) || more.length > 0) {
      throw new UsageError('name one revision: meshctl history lists them')
    }
    const body = { revision: Number(revision) }
    return change(new Client(invocation), { path: '/v1/config/rollback', query: changeQuery(invocation), body })
  },
}
