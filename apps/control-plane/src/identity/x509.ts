/** The one door to @peculiar/x509: it needs a reflection polyfill that must be there first, whoever imports it. */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

export { x509 }
