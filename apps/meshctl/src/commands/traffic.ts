/** `meshctl traffic shift`: other weights in a VirtualService. One of the folder is left as it is: the shifted one takes its place. */
import { UsageError, type Command } from '../command.ts'
import { CHANGE_OPTIONS } from '../online/change.ts'
import { editVirtualService } from '../online/edit.ts'
import { shifted, subsetsIn } from '../online/edit-virtual-service.ts'
import { NAMESPACE_OPTION } from '../online/resources.ts'

export const traffic: Command = {
  name: 'traffic',
  summary: 'Shifts traffic between the subsets of a host',
  positionals: 'shift VIRTUALSERVICE SUBSET=WEIGHT…',
  options: {
    route: {
      type: 'text',
      value: 'NAME|INDEX',
      describe: 'this route alone; each that has these subsets where it is not given',
    },
    ...NAMESPACE_OPTION,
    ...CHANGE_OPTIONS,
  },
  examples: [['meshctl traffic shift reviews v1=90 v2=10 -n shop --wait 10s', 'one in ten goes to v2']],
  async run(invocation) {
    const [verb, name, ...pairs] = invocation.positionals
    if (verb !== 'shift' || name === undefined || pairs.length === 0) {
      throw new UsageError('write shift VIRTUALSERVICE SUBSET=WEIGHT…')
    }
    const weights = new Map(pairs.map(weightOf))
    return editVirtualService(invocation, name, (document, all) =>
      shifted(document, weights, subsetsIn(all), invocation.text('route')),
    )
  },
}

function weightOf(pair: string): [string, number] {
  const [, subset, weight] = /^([^=]+)=(\d{1,3})$/.exec(pair) ?? []
  if (subset === undefined || weight === undefined) throw new UsageError(`${pair} is no SUBSET=WEIGHT, such as v2=10`)
  return [subset, Number(weight)]
}
