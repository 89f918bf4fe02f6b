/**
 * The shop is served without 'unsafe-eval'. zod would probe for `new Function` when the first object schema is made, and the browser would report
 * the probe as a violation; this setting keeps it from trying. So this module must be the first import of `main.tsx`, before any schema.
 */
import { config } from 'zod'

config({ jitless: true })
