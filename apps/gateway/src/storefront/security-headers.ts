/** What a browser may do with our answers. Everything comes from our own origin, so the policy allows nothing else. */

const pagePolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** Swagger UI writes its own style elements; its scripts are files. */
const docsPolicy = pagePolicy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

const always = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const

/** @param https whether the reader came over TLS; only then may a browser be told to insist on it */
export function securityHeaders(path: string, https: boolean): Record<string, string> {
  const isDocs = path === '/api/docs' || path.startsWith('/api/docs/')
  return {
    ...always,
    'content-security-policy': isDocs ? docsPolicy : pagePolicy,
    ...(https ? { 'strict-transport-security': 'max-age=15552000' } : {}),
  }
}
