/** What a generated validator has to say, in words. */

export interface SchemaError {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
}

/** @param value what stands there */
export function messageOf({ keyword, params, message }: SchemaError, value: unknown): string {
  const limit = String(params['limit'])
  switch (keyword) {
    case 'type':
      return `must be ${article(String(params['type']))}, is ${describe(value)}${quotesFor(params['type'], value)}`
    case 'required':
      return `needs the field ${String(params['missingProperty'])}`
    case 'enum':
      return `must be one of ${listOf(params['allowedValues'])}, is ${describe(value)}`
    case 'minimum':
    case 'maximum':
      return `must be ${String(params['comparison'])} ${limit}, is ${describe(value)}`
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return limit === '1' ? 'must not be empty' : `must have at least ${limit} ${partsOf(keyword)}`
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return `must have at most ${limit} ${partsOf(keyword)}`
    case 'pattern':
      return `must fit ${String(params['pattern'])}, is ${describe(value)}`
    case 'oneOf':
    case 'anyOf':
      return 'must have exactly one of the alternatives that Istio offers here'
    default:
      return `${message ?? `does not fit (${keyword})`}, is ${describe(value)}`
  }
}

/** `true`, `8080` and `yes` are no texts to Kubernetes. */
function quotesFor(type: unknown, value: unknown): string {
  const isBare = typeof value === 'number' || typeof value === 'boolean'
  return type === 'string' && isBare ? '; write it in quotes' : ''
}

function partsOf(keyword: string): string {
  if (keyword.endsWith('Length')) return 'characters'
  return keyword.endsWith('Items') ? 'entries' : 'fields'
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value ?? null)
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}

function article(type: string): string {
  if (type === 'array') return 'a list'
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : String(values)
}
