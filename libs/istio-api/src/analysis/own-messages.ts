/** What Istio lets pass and an operator would rather know: the messages of Meshmart. */
import { defineMessages } from './message.ts'

export const OWN_MESSAGES = defineMessages({
  MM0001: {
    name: 'SubsetWithoutEndpoints',
    level: 'Warning',
    describe: 'A route sends part of its traffic to a subset that no pod of the service belongs to: that part fails.',
    text: (share: string, subset: string, host: string) =>
      `${share} of the requests go to subset ${subset} of ${host}, which no pod belongs to: they are answered 503`,
  },
  MM0002: {
    name: 'RetryWithoutTimeout',
    level: 'Warning',
    describe:
      'A route tries again and has no time limit, neither for all tries nor for each: a peer that hangs is never left.',
    text: (attempts: number) =>
      `tries ${attempts} times more and has neither timeout nor retries.perTryTimeout: a peer that does not answer is waited for without end`,
  },
  MM0003: {
    name: 'PolicyDeniesEverybody',
    level: 'Warning',
    describe: 'An AuthorizationPolicy lets nobody through, and no other one lets anybody through where it applies.',
    text: (reason: string) => `denies everybody: ${reason}`,
  },
  MM0004: {
    name: 'ContradictingTimeouts',
    level: 'Warning',
    describe: 'Two time limits of one way contradict each other, so that one of them never takes effect.',
    text: (contradiction: string) => contradiction,
  },
  MM0005: {
    name: 'TokenNotRequired',
    level: 'Warning',
    describe: 'Tokens are verified where one is sent, and nothing requires one: a request without a token passes.',
    text: () =>
      'verifies tokens and requires none: a request without a token passes, unless an AuthorizationPolicy asks for requestPrincipals',
  },
  MM0006: {
    name: 'FieldWithoutEffect',
    level: 'Warning',
    describe: 'Istio knows the field, and it has no effect in this mesh.',
    text: (problem: string) => problem,
  },
  MM0007: {
    name: 'NotSupportedHere',
    level: 'Error',
    refuses: true,
    describe:
      'Istio accepts it, and this mesh refuses it, because leaving it out would change what is let through or where it goes.',
    text: (problem: string) => problem,
  },
  MM0008: {
    name: 'DefinedTwice',
    level: 'Error',
    refuses: true,
    describe: 'Two documents define the same resource: one would overwrite the other.',
    text: (other: string) => `is defined twice; the other one is in ${other}`,
  },
  MM0009: {
    name: 'DelegateNotFound',
    level: 'Warning',
    describe: 'A route delegates to a VirtualService that is not there, or that has hosts of its own.',
    text: (delegate: string) =>
      `delegates to ${delegate}, which is no VirtualService without hosts: the route goes nowhere`,
  },
  MM0010: {
    name: 'MatchGatewayNotFound',
    level: 'Warning',
    describe: 'A condition of a route names a Gateway that is not there, so that it never holds.',
    text: (gateway: string) => `names a Gateway that does not exist: ${gateway}`,
  },
  MM0011: {
    name: 'ServiceEntryShadowed',
    level: 'Warning',
    describe: 'A ServiceEntry describes a host that somebody else already has.',
    text: (host: string, owner: string) => `has no effect: ${host} is ${owner}`,
  },
  MM0012: {
    name: 'WorkloadSelectorSelectsNobody',
    level: 'Warning',
    describe:
      'A ServiceEntry selects its endpoints by labels that neither a WorkloadEntry nor a pod carries; in a running mesh, where labels of a lease are its own word, WorkloadEntries alone are selected.',
    text: (problem: string) => problem,
  },
  MM0013: {
    name: 'ProviderNotFound',
    level: 'Warning',
    describe:
      'A CUSTOM policy names an authoriser that the mesh configuration does not have, or that nobody serves: its rules deny.',
    text: (problem: string) => problem,
  },
  MM0014: {
    name: 'SelectorNotKnown',
    level: 'Warning',
    describe:
      'The mesh knows its workloads by the label app alone; what else a workload says of itself must not widen what it may do.',
    text: () => 'selects nobody: workloads are known by their label app alone, others they say of themselves',
  },
  MM0015: {
    name: 'DestinationRuleOverridden',
    level: 'Warning',
    describe: 'Two DestinationRules of one host say the same thing differently; the older one is heard.',
    text: (part: string, other: string, host: string) => `${part} has no effect: ${other} says it already for ${host}`,
  },
  MM0016: {
    name: 'LastTriesCutOff',
    level: 'Info',
    describe: 'All tries of a route, each as long as it may be, take longer than the route may take.',
    text: (tries: number, each: string, whole: string) =>
      `${tries} tries of ${each} take longer than the route's timeout ${whole}: the last ones are cut off, unless earlier ones fail sooner`,
  },
})
