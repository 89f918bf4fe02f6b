/** Which cipher two sidecars agree on, and that a peer with other wishes is understood. */
import { once } from 'node:events'
import tls from 'node:tls'
import { expect, it } from 'vitest'
import { listen } from '../http1/testing/loopback.ts'
import { makeAuthority } from '../testing/certificates.ts'
import { secureContextOptions } from './workload-identity.ts'

it('AES with 128 bits between sidecars; a peer that has only another one of TLS 1.3 gets that', async () => {
  const authority = await makeAuthority()
  const { key, chain } = await authority.issue('spiffe://cluster.local/ns/default/sa/a', { addresses: ['127.0.0.1'] })
  const own = secureContextOptions({
    privateKey: key,
    certificateChain: chain,
    trustBundle: authority.root,
    notBefore: new Date(),
    notAfter: new Date(),
  })
  const { port, close } = await listen(tls.createServer({ ...own, requestCert: true }))
  const agreed = async (options: tls.SecureContextOptions): Promise<string> => {
    const socket = tls.connect({ ...options, port, host: '127.0.0.1', checkServerIdentity: () => undefined })
    await once(socket, 'secureConnect')
    const { name } = socket.getCipher()
    socket.end().resume()
    await once(socket, 'close')
    return name
  }
  expect(await agreed(own)).toBe('TLS_AES_128_GCM_SHA256')
  // The server's order counts, as with Envoy.
  expect(await agreed({ ...own, ciphers: 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256' })).toBe(
    'TLS_AES_128_GCM_SHA256',
  )
  for (const name of ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'])
    expect(await agreed({ ...own, ciphers: name })).toBe(name)
  await close()
})
