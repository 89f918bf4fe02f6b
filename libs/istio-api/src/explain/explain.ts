/** What would happen to a request, and why: no traffic, no clock, no chance, and the very functions that compile for sidecars and decide in them. */
import type { Explanation } from './explanation.ts'
import { explainGateway } from './gateway.ts'
import type { Clock } from './guards.ts'
import { explainInbound } from './inbound.ts'
import type { ExplainedMesh } from './mesh.ts'
import { explainOutbound } from './outbound.ts'
import type { Question } from './question.ts'

export async function explain(mesh: ExplainedMesh, question: Question, clock: Clock): Promise<Explanation> {
  if (question.side === 'outbound') return explainOutbound(mesh, question)
  return question.side === 'gateway' ? explainGateway(mesh, question, clock) : explainInbound(mesh, question, clock)
}
