/**
 * Plain words as Kubernetes reads them. Its YAML is 1.1 in this: `yes` and `on` are booleans, `010` is eight, `1_000` a number. A header's value
 * `yes` is no text there, and must not become one here; a `disabled: yes` that works there must work here. Dates stay text, as there.
 */
import type { ScalarTag, Tags } from 'yaml'

const BOOLEAN: ScalarTag = {
  identify: (value) => typeof value === 'boolean',
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test: /^(?:[yYnN]|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$/,
  resolve: (text) => /^(?:y|yes|on)$/i.test(text),
}

const INTEGER: ScalarTag = {
  identify: (value) => typeof value === 'number',
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9]*_[0-9_]*)$/,
  resolve: integerOf,
}

function integerOf(text: string): number {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '')
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
  return text.startsWith('-') ? -value : value
}

/** Ours come first: the first one that fits is taken. */
export function kubernetesTags(tags: Tags): Tags {
  return [BOOLEAN, INTEGER, ...tags]
}
