/** What integration tests of the services share: real servers, and the application as it runs. */
export { createTestDatabase, type TestDatabase } from './testing/test-database.ts'
export { startTestNats, type TestNats } from './testing/test-nats.ts'
export { createTestApplication, type TestApplicationOptions } from './testing/test-application.ts'
export { freePorts } from '@meshmart/sidecar/internal'
export { type Actor, Interleaving } from './testing/interleaving.ts'
