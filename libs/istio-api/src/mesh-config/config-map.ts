/** Takes the mesh configuration out of its ConfigMap: a YAML text within a YAML text, whose places are counted in the outer file. */
import { readDocuments, type YamlDocument } from '../document.ts'
import { Findings, type Problem } from '../problem.ts'
import type { FieldPath, Origin, ResourceOf } from '../resource.ts'
import { checkMeshConfig } from './mesh-config.ts'

const NAMESPACE = 'istio-system'
const NAME = 'istio'
const LABEL = `ConfigMap ${NAMESPACE}/${NAME}`

export function isConfigMap(data: unknown): boolean {
  return isRecord(data) && data['kind'] === 'ConfigMap'
}

/** @param document of kind ConfigMap; @param text the file that it stands in */
export function readMeshConfigMap(
  document: YamlDocument,
  text: string,
): { resource: ResourceOf<'ConfigMap'> | null; problems: readonly Problem[] } {
  const { data, origin } = document
  const findings = new Findings(LABEL, origin)
  const metadata = isRecord(data) && isRecord(data['metadata']) ? data['metadata'] : {}
  if (metadata['name'] !== NAME || metadata['namespace'] !== NAMESPACE) {
    findings.error(['metadata'], `must name ${NAMESPACE}/${NAME}: no other ConfigMap is read here`)
  }
  if (isRecord(data) && data['apiVersion'] !== 'v1') findings.error(['apiVersion'], 'must be v1 for a ConfigMap')
  const held = isRecord(data) && isRecord(data['data']) ? data['data'] : {}
  for (const key of Object.keys(held)) {
    if (key !== 'mesh')
      findings.warning(['data', key], `${key} has no effect in this version of the mesh; remove it here`)
  }
  const mesh = held['mesh']
  if (typeof mesh !== 'string') findings.error(['data'], "needs the key mesh with Istio's mesh configuration as text")
  if (findings.hasErrors || typeof mesh !== 'string') return { resource: null, problems: findings.problems }
  return readMesh(mesh, document, text, findings.problems)
}

function readMesh(mesh: string, document: YamlDocument, text: string, before: readonly Problem[]) {
  const [inner] = readDocuments(mesh, document.origin.file)
  const origin = within(document.origin, inner?.origin, text)
  const findings = new Findings(LABEL, origin)
  for (const { position, message } of inner?.errors ?? []) {
    const { line, column } = origin.shift(position)
    const place = { file: origin.file, line, column }
    findings.problems.push({
      severity: 'error',
      code: 'syntax',
      resource: LABEL,
      path: '',
      ...place,
      message: `is not YAML: ${message}`,
    })
  }
  const spec = findings.hasErrors ? null : checkMeshConfig(inner?.data, findings)
  const problems = [...before, ...findings.problems]
  if (spec === null) return { resource: null, problems }
  const about = { kind: 'ConfigMap', apiVersion: 'v1', name: NAME, namespace: NAMESPACE } as const
  return { resource: { ...about, labels: {}, annotations: {}, spec, origin }, problems }
}

interface InnerOrigin extends Origin {
  shift(position: { line: number; column: number }): { line: number; column: number }
}

/** A block scalar (`mesh: |`) begins on the line after its key, indented as its first line is. */
function within(outer: Origin, inner: Origin | undefined, text: string): InnerOrigin {
  const { line } = outer.locate(['data', 'mesh'])
  const lines = text.split('\n').slice(line)
  const indent = /^ */.exec(lines.find((each) => each.trim() !== '') ?? '')?.[0].length ?? 0
  const shift = (position: { line: number; column: number }) => {
    return { line: line + position.line, column: indent + position.column }
  }
  const locate = (path: FieldPath) => (inner === undefined ? outer.locate(['data', 'mesh']) : shift(inner.locate(path)))
  return { file: outer.file, locate, shift }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
