/** For this library's own tests and its page: the tables. */
export { compatibilityPage } from './compatibility-page.ts'
export { KINDS } from './kinds.ts'
export { SUPPORTED_FIELDS } from './supported-fields.ts'
