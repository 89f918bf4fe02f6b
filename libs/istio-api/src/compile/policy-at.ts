/**
 * Which blocks of a DestinationRule hold for one port of one subset, as Istio merges them: settings for the port stand alone (what they leave
 * out is the default, not the rule's), a subset's blocks replace the rule's one by one, and a subset's settings for the port replace all four.
 */
import type { TrafficPolicySpec } from '../destination-rule-spec.ts'

type Policy = Omit<TrafficPolicySpec, 'portLevelSettings'>

export function policyAt(
  rule: TrafficPolicySpec | undefined,
  subset: TrafficPolicySpec | undefined,
  port: number,
): Policy {
  const { policy } = forPort(rule, port)
  const own = forPort(subset, port)
  if (!own.isPortLevel) return { ...policy, ...own.policy }
  const budget = own.policy.retryBudget ?? policy.retryBudget
  const { retryBudget: _budget, ...blocks } = own.policy
  return { ...blocks, ...(budget && { retryBudget: budget }) }
}

function forPort(written: TrafficPolicySpec | undefined, port: number): { policy: Policy; isPortLevel: boolean } {
  const { portLevelSettings = [], ...whole } = written ?? {}
  const settings = portLevelSettings.find((each) => each.port?.number === port)
  if (settings === undefined) return { policy: whole, isPortLevel: false }
  const { port: _port, ...blocks } = settings
  return { policy: blocks, isPortLevel: true }
}
