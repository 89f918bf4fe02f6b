/** `meshctl explain`: what would happen to a request and why, without any traffic. */
import { explain as explainQuestion, type Explanation, type Question } from '@meshmart/istio-api'
import { EXIT, type Command, type Outcome } from '../command.ts'
import { meshOf, type MeshOfFiles } from '../explain/meshes.ts'
import { QUESTION_OPTIONS, readQuestion } from '../explain/question.ts'
import { runningMesh, runningWords, withReplicas } from '../explain/running-mesh.ts'
import { verifyToken } from '../explain/verify-token.ts'
import { explanationWords } from '../explain/words.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'

export const explain: Command = {
  name: 'explain',
  summary: 'Says what would happen to a request and why: route, destination, who may, and what the peer would receive',
  positionals: '[FILE|DIR…]',
  options: {
    filename: {
      type: 'text',
      short: 'f',
      multiple: true,
      value: 'FILE|DIR|-',
      describe:
        'resources of Istio, Kubernetes objects, and the mesh configuration; the mesh that runs where it is not given',
    },
    ...QUESTION_OPTIONS,
    ...ONLINE_OPTIONS,
  },
  examples: [
    ["meshctl explain -f mesh/ --request 'GET http://reviews:9080/x' -H 'end-user: jason'", 'which subset a user gets'],
    [
      "meshctl explain -f mesh/ --side gateway --labels istio=ingressgateway -n istio-system --request 'GET https://shop.example.com/'",
      'at the edge',
    ],
    [
      "meshctl explain -f mesh/ --side inbound --labels app=orders --mtls cluster.local/ns/shop/sa/web --request 'POST http://orders:80/v1/orders'",
      'whether a caller may',
    ],
    [
      "meshctl explain -n meshmart --labels app=orders --request 'GET http://inventory/v1/products'",
      'in the mesh that runs: who would answer now',
    ],
    ['meshctl explain --batch cases.jsonl', 'thousands of cases in one process'],
  ],
  batch: true,
  async run(invocation) {
    const question = readQuestion(invocation)
    const files = await invocation.files([...invocation.texts('filename'), ...invocation.positionals])
    if (files.length === 0) return explainRunning(new Client(invocation), question)
    const meshes = meshOf(files)
    const { problems } = meshes
    const now = Date.now()
    const explanation = await explained(meshes, question, { verify: verifyToken(now), now })
    return {
      exitCode: problems.length > 0 ? EXIT.finding : EXIT.fine,
      result: explanation,
      words: () =>
        [
          ...problems.map(({ resource, path, message }) => `error: ${resource}: ${path} ${message}`),
          explanationWords(explanation),
        ].join('\n'),
    }
  },
}

async function explainRunning(client: Client, question: Question): Promise<Outcome> {
  const running = await runningMesh(client)
  const now = Date.now()
  const explanation = await explainQuestion(running.mesh, question, { verify: verifyToken(now), now })
  const result = withReplicas(explanation, running.state)
  return {
    exitCode: EXIT.fine,
    result,
    words: () => [explanationWords(explanation), ...runningWords(result.running)].join('\n'),
  }
}

type Clock = Parameters<typeof explainQuestion>[2]

async function explained(
  { whole, sound, problems }: MeshOfFiles,
  question: Question,
  clock: Clock,
): Promise<Explanation> {
  try {
    return await explainQuestion(whole, question, clock)
  } catch (error) {
    // What the compiler says of a value that the reader has refused already.
    if (problems.length > 0 && (error instanceof RangeError || error instanceof SyntaxError))
      return explainQuestion(sound(), question, clock)
    throw error
  }
}
