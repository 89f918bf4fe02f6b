import { describe, expect, it } from 'vitest'
import { securityHeaders } from './security-headers.ts'
import { cacheControlOf, storefrontFile } from './storefront-files.ts'

const files = new Set(['index.html', 'favicon.svg', 'assets/app-4f3a.js', 'pictures/mug dawn.svg'])
const html = 'text/html,application/xhtml+xml'

describe('the storefront', () => {
  it.each([
    ['/', undefined, 'index.html'],
    ['/favicon.svg', '*/*', 'favicon.svg'],
    ['/pictures/mug%20dawn.svg', 'image/*', 'pictures/mug dawn.svg'],
    ['/orders/17', html, 'index.html'],
    ['/orders/17', 'application/json', null],
    ['/assets/app-old.js', html, null],
    ['/../../etc/passwd', '*/*', null],
    ['/%2e%2e/%2e%2e/etc/passwd', '*/*', null],
    ['/%', html, null],
  ])('answers %s for %s with %s', (path, accept, file) => expect(storefrontFile(files, path, accept)).toBe(file))

  it('lets browsers keep what is named by its content, and nothing else', () => {
    expect(cacheControlOf('assets/app-4f3a.js')).toBe('public, max-age=31536000, immutable')
    expect(cacheControlOf('index.html')).toBe('no-cache')
  })

  it('allows scripts from itself only, and inline styles on the API pages only', () => {
    expect(securityHeaders('/', false)['content-security-policy']).not.toContain('unsafe')
    const docs = securityHeaders('/api/docs', false)['content-security-policy']!
    expect(docs).toContain("script-src 'self';")
    expect(docs).toContain("style-src 'self' 'unsafe-inline'")
  })

  it('speaks of HTTPS to readers who have it', () => {
    expect(securityHeaders('/', true)).toHaveProperty('strict-transport-security')
    expect(securityHeaders('/', false)).not.toHaveProperty('strict-transport-security')
  })
})
