/** `meshctl fault`: breaks a route on purpose, and mends it. */
import { UsageError, type Command, type Invocation } from '../command.ts'
import { CHANGE_OPTIONS } from '../online/change.ts'
import { editVirtualService } from '../online/edit.ts'
import { withFault, type Fault } from '../online/edit-virtual-service.ts'
import { NAMESPACE_OPTION } from '../online/resources.ts'

export const fault: Command = {
  name: 'fault',
  summary: 'Sets or clears a fault in a VirtualService',
  positionals: 'set|clear VIRTUALSERVICE',
  options: {
    abort: { type: 'text', value: 'STATUS', describe: 'answer this status' },
    delay: { type: 'text', value: '2s', describe: 'wait so long before the request goes on' },
    percentage: { type: 'text', value: 'N', describe: 'of this share of requests; 100 where it is not given' },
    route: { type: 'text', value: 'NAME|INDEX', describe: 'this route alone; all where it is not given' },
    ...NAMESPACE_OPTION,
    ...CHANGE_OPTIONS,
  },
  examples: [
    ['meshctl fault set payments --abort 503 --percentage 50 -n meshmart --wait 10s', 'every second payment fails'],
    ['meshctl fault clear payments -n meshmart', 'all is well again'],
  ],
  async run(invocation) {
    const [verb, name, ...more] = invocation.positionals
    if ((verb !== 'set' && verb !== 'clear') || name === undefined || more.length > 0) {
      throw new UsageError('write set or clear, and a VirtualService')
    }
    const wanted = verb === 'clear' ? null : faultOf(invocation)
    return editVirtualService(invocation, name, (document) => withFault(document, wanted, invocation.text('route')))
  },
}

function faultOf(invocation: Invocation): Fault {
  const [abort, delay] = [invocation.text('abort'), invocation.text('delay')]
  if (abort === undefined && delay === undefined) throw new UsageError('say what goes wrong: --abort 503 or --delay 2s')
  if (abort !== undefined && !/^[1-5]\d\d$/.test(abort)) throw new UsageError(`--abort ${abort} is no status`)
  const percentage = { value: Number(invocation.text('percentage') ?? '100') }
  if (!(percentage.value >= 0 && percentage.value <= 100)) throw new UsageError('--percentage must be 0 to 100')
  return {
    ...(delay !== undefined && { delay: { fixedDelay: delay, percentage } }),
    ...(abort !== undefined && { abort: { httpStatus: Number(abort), percentage } }),
  }
}
