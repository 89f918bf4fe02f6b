/** For this library's own tests: tables that must be walked whole. */
export { HEALTH_TRANSITIONS, MAX_EJECTION_TIME_MS } from './ejection.ts'
/** For other parts' tests. */
export { seededRandom } from './testing/seeded-random.ts'
