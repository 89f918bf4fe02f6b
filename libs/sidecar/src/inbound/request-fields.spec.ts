import http from 'node:http'
import { expect, it } from 'vitest'
import { connectRaw, sendRaw } from '../testing/raw-request.ts'
import { addField, removeField, setField } from './request-fields.ts'

it('changes every form in which the application may read a field', async () => {
  const seen: unknown[] = []
  const server = http.createServer((request, response) => {
    removeField(request, 'x-one')
    setField(request, 'x-two', 'set')
    addField(request, 'x-three', 'b')
    addField(request, 'x-four', 'new')
    const { headers, headersDistinct, rawHeaders } = request
    seen.push({ ...headers }, { ...headersDistinct }, rawHeaders)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const fields = 'Host: a\r\nX-One: 1\r\nX-Two: 2\r\nx-one: 3\r\nX-Two: 4\r\nX-Three: a\r\nConnection: close'
  await sendRaw(
    connectRaw(address === null || typeof address === 'string' ? 0 : address.port),
    `GET / HTTP/1.1\r\n${fields}\r\n\r\n`,
  )
  server.close()
  const [joined, distinct, raw] = seen
  expect(joined).toEqual({ host: 'a', 'x-two': 'set', 'x-three': 'a, b', 'x-four': 'new', connection: 'close' })
  expect(distinct).toEqual({
    host: ['a'],
    'x-two': ['set'],
    'x-three': ['a', 'b'],
    'x-four': ['new'],
    connection: ['close'],
  })
  const lines = ['Host', 'a', 'X-Three', 'a', 'Connection', 'close', 'x-two', 'set', 'x-three', 'b', 'x-four', 'new']
  expect(raw).toEqual(lines)
})
