/**
 * The page `docs/istio-compatibility.md`: every field of every resource and what this mesh makes of it. Made from what decides at apply, the
 * schemas and the table of supported fields, so that the page cannot say anything else.
 */
import { KINDS } from './kinds.ts'
import type { IstioKind } from './resource.ts'
import { fieldsOf, type SchemaField } from './schema-fields.ts'
import { SUPPORTED_FIELDS, type FieldState, type FieldSupport } from './supported-fields.ts'

const WORDS: Readonly<Record<FieldState, string>> = {
  'in effect': 'in effect',
  'no effect': 'no effect: warning',
  refused: 'refused: error',
}

const HEAD = `# What of Istio's API takes effect

Made by \`npm run docs:istio\` from the schemas and the table that decide at apply (\`libs/istio-api/src/supported-fields.ts\`); a test fails where this
page is out of date. A field is **in effect**; or has **no effect**, which is a warning that names it; or is **refused**, an error, because to leave it
out would let more through or send it elsewhere. Single values can be refused as well (a protocol that the edge does not carry, for instance): the
problem says which and why. \`[]\` is any entry of a list, \`{}\` any value of a map.
`

export function compatibilityPage(): string {
  const kinds = Object.keys(KINDS) as IstioKind[]
  return [HEAD, overview(kinds), ...kinds.map(sectionOf)].join('\n')
}

function overview(kinds: readonly IstioKind[]): string {
  const rows = kinds.map((kind) => {
    const counts = Object.keys(WORDS).map((state) => statesOf(kind).filter((field) => field.state === state).length)
    return `| [${kind}](#${kind.toLowerCase()}) | ${versionsOf(kind)} | ${counts.join(' | ')} |`
  })
  return ['| kind | versions | in effect | no effect | refused |', '| --- | --- | --: | --: | --: |', ...rows, ''].join(
    '\n',
  )
}

function sectionOf(kind: IstioKind): string {
  const { refusal } = KINDS[kind]
  const said = refusal === null ? [] : [`Refused as a whole: ${kind} ${refusal}.`, '']
  const rows = statesOf(kind).map(({ path, type, state }) => `| \`${path}\` | ${type} | ${WORDS[state]} |`)
  return [`## ${kind}`, '', ...said, '| field of `spec` | type | state |', '| --- | --- | --- |', ...rows, ''].join(
    '\n',
  )
}

function versionsOf(kind: IstioKind): string {
  const { group, versions } = KINDS[kind]
  return `${group}/${versions.join(', ')}`
}

function statesOf(kind: IstioKind): (SchemaField & { state: FieldState })[] {
  const support = SUPPORTED_FIELDS[kind]
  return fieldsOf(kind).map((field) => ({
    ...field,
    state: support === undefined ? 'refused' : leafState(field.path, support),
  }))
}

/** The most specific entry of the table decides. A map's values are `{}` here and need no mark in the table. */
function leafState(path: string, { inEffect, conditions }: FieldSupport): FieldState {
  const steps = path.replaceAll('{}', '').split('.')
  for (let length = steps.length; length > 0; length--) {
    const parent = steps.slice(0, length).join('.')
    for (const entry of [parent, parent.replace(/\[\]$/, '')]) {
      if (inEffect.includes(entry)) return 'in effect'
      if (conditions.includes(entry)) return 'refused'
    }
  }
  return 'no effect'
}
