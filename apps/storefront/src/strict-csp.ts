/**
 * The shop is served without 'unsafe-eval'. zod would probe for `new Function` and the browser would report each probe as a violation;
 * this setting, read when zod is first loaded, keeps it from trying. So this module must be the first import of `main.tsx`.
 */
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } })

export {}
