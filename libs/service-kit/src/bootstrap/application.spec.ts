import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { Controller, Get, Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import { expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { Log } from '../log/log.ts'
import { createApplication } from './application.ts'
import type { Mesh } from './kit-module.ts'
import { SHUTDOWN } from './tokens.ts'

const ended: string[] = []

@Controller()
class Hello implements OnApplicationShutdown {
  constructor(@Inject(SHUTDOWN) private readonly shutdown: AbortSignal) {}

  @Get('hello')
  hello(): { stopping: boolean } {
    return { stopping: this.shutdown.aborted }
  }

  onApplicationShutdown(): void {
    ended.push('shutdown')
  }
}
@Module({ controllers: [Hello] })
class HelloModule {}

it('serves sockets that are handed to a server which never listens, as the sidecar does it, and closes', async () => {
  const shutdown = new AbortController()
  let inbound = createHttpServer()
  const app = await createApplication({
    module: HelloModule,
    settings: {},
    mesh: {} as Mesh,
    log: new Log({ level: 'error', service: 'hello', instance: 'hello-1' }),
    clock: systemClock,
    shutdown: shutdown.signal,
    createServer: (listener) => (inbound = createHttpServer(listener)),
  })
  await app.init()
  await app.getHttpAdapter().getInstance().ready()
  const outside = createServer((socket) => inbound.emit('connection', socket))
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`
  const ask = async (path: string) => (await fetch(url + path, { headers: { connection: 'close' } })).json()

  expect(await ask('/hello')).toEqual({ stopping: false })
  shutdown.abort()
  expect(await ask('/hello')).toEqual({ stopping: true })
  expect(await ask('/nowhere')).toMatchObject({ code: 'not-found' })
  outside.close()
  await app.close()
  expect(ended).toEqual(['shutdown'])
})
