import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { listen } from './listen.ts'

const servers: http.Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

function named(name: string): http.Server {
  const server = http.createServer((_request, response) => response.setHeader('connection', 'close').end(name))
  servers.push(server)
  return server
}
const loopback = (port: number, shared: boolean) => ({ address: '127.0.0.1', port, shared })

it('a port that somebody has is refused by the name of its setting, a shared one too', async () => {
  const port = await listen(named('one'), loopback(0, false), 'PUBLIC_PORT')
  for (const shared of [false, true])
    await expect(listen(named('two'), loopback(port, shared), 'PUBLIC_PORT')).rejects.toThrow(
      `settings: PUBLIC_PORT: 127.0.0.1:${port} is taken by another process`,
    )
})

it.runIf(process.platform === 'linux')('who leaves a shared port leaves all that comes to the others', async () => {
  const [one, two] = [named('one'), named('two')]
  const port = await listen(one, loopback(0, true), 'PUBLIC_PORT')
  await listen(two, loopback(port, true), 'PUBLIC_PORT')
  expect((two.address() as AddressInfo).port).toBe(port)
  const whoAnswers = async (): Promise<Set<string>> => {
    const answers = Array.from({ length: 60 }, async () => (await fetch(`http://127.0.0.1:${port}`)).text())
    return new Set(await Promise.all(answers))
  }
  expect(await whoAnswers()).toEqual(new Set(['one', 'two']))
  one.close()
  expect(await whoAnswers()).toEqual(new Set(['two']))
})
