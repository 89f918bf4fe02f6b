/** For this library's own tests: the tables. */
export { KINDS } from './kinds.ts'
export { SUPPORTED_FIELDS } from './supported-fields.ts'
