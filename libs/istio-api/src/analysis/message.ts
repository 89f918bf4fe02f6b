/** What a message of the catalogue is. */

export type Level = 'Error' | 'Warning' | 'Info'

export interface MessageType {
  readonly name: string
  readonly level: Level
  /** The resource cannot be applied. Without it an Error means: it can, and will not do what it says. */
  readonly refuses?: true
  /** For the page of messages: what is the matter. */
  readonly describe: string
  readonly text: (...args: never[]) => string
}

/** Keeps the codes and the arguments of each text known to the compiler. */
export const defineMessages = <T extends Readonly<Record<string, MessageType>>>(messages: T): T => messages

/** As Go's `%q` writes it. */
export const quoted = (text: string): string => JSON.stringify(text)
/** As Go's `%v` writes a list. */
export const listed = (values: readonly (string | number)[]): string => `[${values.join(' ')}]`
