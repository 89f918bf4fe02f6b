/** `headers` of a route or a destination. Setting the authority is no header operation but a rewrite, and is taken out here. */
import type { HeaderOperations } from '@meshmart/mesh-policy'
import { isAuthority, type HeadersSpec } from '../checks/header-operations.ts'

export interface CompiledHeaders {
  readonly operations: HeaderOperations | null
  /** Of the request, where it is set; `set` goes before `add`. */
  readonly authority: string | null
}

export function compileHeaders(written: HeadersSpec | undefined): CompiledHeaders {
  const request = compileFields(written?.request)
  const response = compileFields(written?.response)
  const operations = request || response ? { ...(request && { request }), ...(response && { response }) } : null
  return { operations, authority: authorityOf(written?.request?.set) ?? authorityOf(written?.request?.add) }
}

type FieldsSpec = NonNullable<HeadersSpec['request']>

function compileFields(written: FieldsSpec | undefined): HeaderOperations['request'] | null {
  const set = withoutAuthority(written?.set)
  const add = withoutAuthority(written?.add)
  const remove = (written?.remove ?? []).map((name) => name.toLowerCase())
  const has = { set: Object.keys(set).length > 0, add: Object.keys(add).length > 0, remove: remove.length > 0 }
  if (!has.set && !has.add && !has.remove) return null
  return { ...(has.set && { set }), ...(has.add && { add }), ...(has.remove && { remove }) }
}

function withoutAuthority(fields: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields ?? {})
      .filter(([name]) => !isAuthority(name))
      .map(([name, value]) => [name.toLowerCase(), value]),
  )
}

function authorityOf(fields: Readonly<Record<string, string>> | undefined): string | null {
  return Object.entries(fields ?? {}).find(([name]) => isAuthority(name))?.[1] ?? null
}
