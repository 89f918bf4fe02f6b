/** The source article's Gateway and VirtualService route as written: `Host: myapp.example.com`, exact `/`, to `my-service`. */
import { request } from 'node:http'
import { expect, inject, test } from 'vitest'

const { url } = inject('shop')

const get = (path: string, host: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const call = request(`${url}${path}`, { headers: { host } }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    call.once('error', reject).end()
  })

test('with Host: myapp.example.com, / reaches my-service', async () => {
  const { status, body } = await get('/', 'myapp.example.com')
  expect(status).toBe(200)
  expect(JSON.parse(body)).toMatchObject({
    service: 'my-service',
    peer: 'cluster.local/ns/meshmart/sa/gateway',
  })
})

test('and nothing but exactly / does', async () => {
  expect((await get('/other', 'myapp.example.com')).status).toBe(404)
})

test('every other host is the shop', async () => {
  const { status, body } = await get('/', 'localhost')
  expect(status).toBe(200)
  expect(body).toContain('<div id="root"')
})
