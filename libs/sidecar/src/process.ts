/** The door of the process placement: without what the embedded one needs of undici, which would be a fifth of a resting process. */
export { JsonLog } from './json-log.ts'
export { EXIT_CONFIG, readSettings } from './read-settings.ts'
export { processSettingsShape, type ProcessSettings } from './process/settings.ts'
export { startSidecarProcess } from './process/start.ts'
export type { ProcessSidecar } from './process/process-sidecar.ts'
