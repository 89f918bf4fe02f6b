/**
 * One rule of an AuthorizationPolicy as lists of checks: one of `from`, one of `to`, all of `when`. For connections that carry no HTTP it is
 * prepared a second time, as Istio does (`checkError` in pilot/pkg/security/authz/model/model.go): a rule of ALLOW that speaks of HTTP is left out, so
 * that it allows nothing; in a rule of DENY or AUDIT what speaks of HTTP is left out, so that the rule refuses more rather than less.
 */
import {
  conditionCheck,
  conditionProblem,
  OPERATION_CHECKS,
  SOURCE_CHECKS,
  type AuthorizableConnection,
  type AuthorizableRequest,
  type Check,
  type PrepareCheck,
} from './authorization-checks.ts'
import type { AuthorizationRule } from './snapshot.ts'

export interface RuleMatcher<Asked> {
  fits(asked: Asked): boolean
}

/** All of them must fit. */
type Checks = readonly Check[]
interface RuleChecks {
  /** One of them must fit; empty is anything. */
  readonly from: readonly Checks[]
  readonly to: readonly Checks[]
  readonly when: Checks
}

export interface PreparedRuleMatchers {
  readonly request: RuleMatcher<AuthorizableRequest>
  /** Null where the rule can say nothing about a connection. */
  readonly connection: RuleMatcher<AuthorizableConnection> | null
}

/** @throws Error that names the field which cannot be used */
export function prepareRule(
  rule: AuthorizationRule,
  action: 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM',
): PreparedRuleMatchers {
  const checks: RuleChecks = {
    from: rule.from.map((source) => prepareFields(SOURCE_CHECKS, { ...source })),
    to: rule.to.map((operation) => prepareFields(OPERATION_CHECKS, { ...operation })),
    when: (rule.when ?? []).flatMap(({ key, values, notValues }) => {
      const prepare = conditionCheck(key)
      if (prepare === null) throw new RangeError(`condition ${key} ${conditionProblem(key) ?? ''}`)
      return pair(key, prepare, values, notValues)
    }),
  }
  const { from, to, when } = checks
  const request = new Matcher<AuthorizableRequest>(from.map(ofRequests), to.map(ofRequests), ofRequests(when))
  const everything = [...from.flat(), ...to.flat(), ...when]
  if (action === 'ALLOW' && everything.some(({ connection }) => connection === null))
    return { request, connection: null }
  const connection = new Matcher<AuthorizableConnection>(
    from.map(ofConnections),
    to.map(ofConnections),
    ofConnections(when),
  )
  return { request, connection }
}

class Matcher<Asked> implements RuleMatcher<Asked> {
  readonly #from: readonly Test<Asked>[][]
  readonly #to: readonly Test<Asked>[][]
  readonly #when: readonly Test<Asked>[]

  constructor(from: readonly Test<Asked>[][], to: readonly Test<Asked>[][], when: readonly Test<Asked>[]) {
    this.#from = from
    this.#to = to
    this.#when = when
  }

  fits(asked: Asked): boolean {
    return anyFits(this.#from, asked) && anyFits(this.#to, asked) && allFit(this.#when, asked)
  }
}

type Test<Asked> = (asked: Asked) => boolean

function anyFits<Asked>(alternatives: readonly Test<Asked>[][], asked: Asked): boolean {
  if (alternatives.length === 0) return true
  for (const tests of alternatives) if (allFit(tests, asked)) return true
  return false
}

function allFit<Asked>(tests: readonly Test<Asked>[], asked: Asked): boolean {
  for (const test of tests) if (!test(asked)) return false
  return true
}

function ofRequests(checks: Checks): Test<AuthorizableRequest>[] {
  return checks.map(({ request }) => request)
}

function ofConnections(checks: Checks): Test<AuthorizableConnection>[] {
  return checks.flatMap(({ connection }) => (connection === null ? [] : [connection]))
}

/** The fields of one source or operation; the cheapest and most telling first, in the order of the table. */
function prepareFields(
  table: Readonly<Record<string, PrepareCheck>>,
  written: Readonly<Record<string, readonly string[] | undefined>>,
): Checks {
  return Object.entries(table).flatMap(([name, prepare]) => {
    const negated = `not${name.charAt(0).toUpperCase()}${name.slice(1)}`
    return pair(name, prepare, written[name], written[negated])
  })
}

/** An empty list says nothing, as in Istio. */
function pair(
  name: string,
  prepare: PrepareCheck,
  values: readonly string[] | undefined,
  notValues: readonly string[] | undefined,
): Check[] {
  try {
    const checks = values === undefined || values.length === 0 ? [] : [prepare(values)]
    if (notValues !== undefined && notValues.length !== 0) checks.push(negate(prepare(notValues)))
    return checks
  } catch (error) {
    throw new RangeError(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function negate({ request, connection }: Check): Check {
  return {
    request: (asked) => !request(asked),
    connection: connection === null ? null : (asked) => !connection(asked),
  }
}
