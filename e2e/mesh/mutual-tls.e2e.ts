/** What stands on the wire between services: TLS 1.3 with client certificates, and nothing for whoever has none. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { meshLogOf, tlsPortOf } from '../testing/replicas.ts'

const { home } = inject('shop')
const trustBundle = join(home, 'secrets/mesh/public/root.pem')

/** `openssl s_client` sends one request; resolves to everything that it printed. */
function openssl(port: number, ...more: string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', trustBundle, '-ign_eof', ...more],
      { timeout: 10_000 },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    )
    child.stdin?.end('GET /v1/products HTTP/1.1\r\nHost: inventory\r\nConnection: close\r\n\r\n')
  })
}

test.each(['orders-1', 'orders-2', 'payments-1', 'payments-2', 'inventory-1', 'inventory-2'])(
  '%s speaks TLS 1.3 only, proves a SPIFFE id, asks for a certificate and answers nothing without one',
  async (name) => {
    const port = await tlsPortOf(home, name)
    const output = await openssl(port)
    expect(output).toContain('TLSv1.3')
    expect(output).toContain('Verify return code: 0 (ok)')
    expect(output).toMatch(/Acceptable client certificate CA names|Requested Signature Algorithms/)
    expect(output).not.toContain('HTTP/1.1 200')
    expect(output).toMatch(/alert|errno|handshake failure|certificate required/i)
    expect(await openssl(port, '-tls1_2')).toMatch(/no peer certificate available[^]*alert protocol version/)
    await expect.poll(() => meshLogOf(home, name), { timeout: 5000 }).toMatch(/certificate/i)
  },
)
