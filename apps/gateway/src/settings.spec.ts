import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ingressOf, settings } from './settings.ts'

const storefront = mkdtempSync(join(tmpdir(), 'meshmart-settings-'))
writeFileSync(join(storefront, 'index.html'), '')
afterAll(() => rmSync(storefront, { recursive: true }))

const right = {
  DATABASE_URL: 'postgresql://gateway_app@127.0.0.1/gateway',
  SESSION_SECRET: 's'.repeat(32),
  STOREFRONT_DIR: storefront,
}

describe('the settings', () => {
  it('stand on one public port of this machine where nobody says otherwise', () => {
    expect(settings.parse(right)).toMatchObject({ PUBLIC_ADDRESS: '127.0.0.1', PUBLIC_PORT: 8080 })
  })

  it.each([
    ['SESSION_SECRET', 'too short'],
    ['STOREFRONT_DIR', tmpdir()],
    ['PUBLIC_PORT', '70000'],
    ['PUBLIC_TLS_PORT', '70000'],
    ['INGRESS_CREDENTIALS_DIR', join(storefront, 'index.html')],
    ['DEMO_PASSWORD', 'short'],
    ['SMTP_URL', 'http://127.0.0.1'],
    ['SMTP_CA', 'no certificate'],
    ['PUBLIC_PORT_SHARED', 'perhaps'],
    ['MAIL_FROM', 'Shop <shop@meshmart.example>'],
    ['MAILBOX_API_KEY', 'short'],
    ['DATABASE_URL', 'mysql://x'],
  ])('name a wrong %s', (name, value) => {
    const issues = settings.safeParse({ ...right, [name]: value }).error?.issues
    expect(issues?.map((issue) => issue.path)).toEqual([[name]])
  })

  it('open a TLS port where one is named, and none else', () => {
    expect(ingressOf(settings.parse(right))).toEqual({
      address: '127.0.0.1',
      port: 8080,
      shared: false,
      selector: 'istio-ingressgateway',
    })
    expect(ingressOf(settings.parse({ ...right, PUBLIC_PORT_SHARED: 'true' }))).toMatchObject({ shared: true })
    const secure = settings.parse({ ...right, PUBLIC_TLS_PORT: '8443', INGRESS_CREDENTIALS_DIR: storefront })
    expect(ingressOf(secure)).toMatchObject({ tls: { port: 8443, credentialsDirectory: storefront } })
    expect(ingressOf(settings.parse({ ...right, PUBLIC_TLS_PORT: '8443' }))).toMatchObject({
      tls: { port: 8443, credentialsDirectory: null },
    })
  })
})
