/** `meshctl analyze`: everything that there is to say about files, without a mesh that runs. */
import { analyzeFiles, documentationUrl, joinMeshes, readMesh, type Finding } from '@meshmart/istio-api'
import { EXIT, UsageError, type Command } from '../command.ts'
import { columns } from '../table.ts'

export const analyze: Command = {
  name: 'analyze',
  summary: 'Says what is wrong with files of resources, under the codes of istioctl analyze and our own',
  positionals: 'FILE|DIR…',
  options: {
    filename: {
      type: 'text',
      short: 'f',
      multiple: true,
      value: 'FILE|DIR|-',
      describe: 'what to analyse; of a folder every .yaml, .yml and .json below it',
    },
    namespace: {
      type: 'text',
      short: 'n',
      value: 'NAMESPACE',
      describe: 'of what names none; default where it is not given',
    },
    'no-services': {
      type: 'flag',
      describe:
        'the files hold no Services and pods: say nothing about hosts, ports, pods and secrets that are missing',
    },
  },
  examples: [
    ['meshctl analyze -f infra/mesh --no-services', 'the configuration alone'],
    ['meshctl analyze -f infra/mesh -f services.yaml -o json', 'with the Services that it speaks of, for a program'],
    ['kubectl get vs,dr,gw,svc,pods -A -o yaml | meshctl analyze -', 'what a cluster has'],
    ['meshctl analyze --batch cases.jsonl', 'thousands of cases in one process'],
  ],
  batch: true,
  async run(invocation) {
    const files = await invocation.files([...invocation.texts('filename'), ...invocation.positionals])
    if (files.length === 0) throw new UsageError('needs a file: -f FILE|DIR|-')
    const namespace = invocation.text('namespace')
    const mesh = joinMeshes(files.map(({ name, text }) => readMesh(text, name, namespace)))
    const findings = analyzeFiles(mesh, { servicesKnown: !invocation.flag('no-services') })
    return {
      exitCode: findings.some(({ level }) => level === 'Error') ? EXIT.finding : EXIT.fine,
      result: findings.map(messageOf),
      words: () => wordsOf(findings, files.length),
    }
  },
}

/** As `istioctl analyze -o json` prints a message, and the column as well. */
function messageOf({ code, level, origin, message, file, line, column }: Finding) {
  const reference = `${file}:${line}:${column}`
  return { code, level, origin, message, reference, documentationUrl: documentationUrl(code) }
}

function wordsOf(findings: readonly Finding[], files: number): string {
  if (findings.length === 0) return `Nothing to say about ${files} ${files === 1 ? 'file' : 'files'}.`
  const rows = findings.map(({ code, level, origin, file, line, column }) => {
    return [level, code, origin, `${file}:${line}:${column}`]
  })
  const heads = columns(rows)
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length
  const summary = `${count('Error')} errors, ${count('Warning')} warnings, ${count('Info')} infos`
  return [...findings.flatMap(({ message }, index) => [heads[index] ?? '', `    ${message}`]), summary].join('\n')
}
