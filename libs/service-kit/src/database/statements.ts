/** A name for each text, so that PostgreSQL parses and plans it once for each connection and not each time. */
import type { QueryConfig } from 'pg'
import { type RawValue, Sql } from 'sql-template-tag'

/** A template with values, or a piece of SQL that was made of several. */
export type Statement = TemplateStringsArray | Sql

/** More texts than a service has; what comes after them is not prepared, so that a connection's memory has an end. */
const PREPARED_AT_MOST = 500

export class Statements {
  readonly #names = new Map<string, string>()
  /** Of templates without pieces in them: a place in the code always has the same text. */
  readonly #texts = new WeakMap<TemplateStringsArray, string>()

  prepared(statement: Statement, values: readonly RawValue[]): QueryConfig {
    if (statement instanceof Sql) return this.#named(statement.text, statement.values)
    if (values.some((value) => value instanceof Sql)) {
      const whole = new Sql(statement, values)
      return this.#named(whole.text, whole.values)
    }
    let text = this.#texts.get(statement)
    if (text === undefined) {
      text = new Sql(statement, values).text
      this.#texts.set(statement, text)
    }
    return this.#named(text, values as unknown[])
  }

  #named(text: string, values: unknown[]): QueryConfig {
    let name = this.#names.get(text)
    if (name === undefined && this.#names.size < PREPARED_AT_MOST) {
      name = `meshmart_${this.#names.size + 1}`
      this.#names.set(text, name)
    }
    return name === undefined ? { text, values } : { name, text, values }
  }
}
