import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { placesOfEnvironment, placesOfHome } from './places.ts'

const folder = mkdtempSync(join(tmpdir(), 'meshmart-places-'))
const file = (name: string): string => {
  writeFileSync(join(folder, name), `the ${name}\n`)
  return join(folder, name)
}
afterAll(() => rmSync(folder, { recursive: true }))

describe('where the auditor looks', () => {
  it('is nowhere where nobody has said it', () => {
    const nowhere = { databases: new Map(), controlPlane: null, mailbox: null, shop: null }
    expect(placesOfEnvironment({}, null)).toEqual(nowhere)
    expect(placesOfEnvironment({ MESH_CONTROL_PLANE_URL: 'https://a', AUDIT_MAILBOX_URL: 'http://b' }, null)).toEqual(
      nowhere,
    )
  })

  it('is one server for all databases, but for those that stand elsewhere', () => {
    const { databases } = placesOfEnvironment(
      {
        AUDIT_DATABASE_URL: 'postgres://audit:s%40t@db:5432/postgres',
        AUDIT_DATABASE_URL_ACQUIRER: 'postgres://other/acquirer',
      },
      'http://shop',
    )
    expect(databases.get('orders')).toBe('postgres://audit:s%40t@db:5432/orders')
    expect(databases.get('acquirer')).toBe('postgres://other/acquirer')
    expect(databases.size).toBe(5)
  })

  it('is the control plane that meshctl asks, and the mailbox', () => {
    const places = placesOfEnvironment(
      {
        MESH_CONTROL_PLANE_URL: 'https://a:15012,https://b:15012',
        MESH_ROOT_CERT_FILE: file('roots'),
        MESHCTL_TOKEN_FILE: file('token'),
        AUDIT_MAILBOX_URL: 'http://mailbox:8025',
        AUDIT_MAILBOX_KEY_FILE: file('key'),
      },
      null,
    )
    expect(places.controlPlane).toEqual({
      urls: ['https://a:15012', 'https://b:15012'],
      roots: 'the roots',
      token: 'the token',
    })
    expect(places.mailbox).toEqual({ url: 'http://mailbox:8025', key: 'the key' })
  })

  it('is no home in which nothing was started', () => {
    expect(() => placesOfHome(folder, null)).toThrow(/not the home of a shop/)
  })
})
