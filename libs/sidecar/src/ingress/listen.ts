/** Opens a public port, or says which setting has to change. */
import type net from 'node:net'

export interface PublicPort {
  readonly address: string
  /** 0 is any free one. */
  readonly port: number
  /** With other processes of this machine: SO_REUSEPORT. */
  readonly shared: boolean
}

/** @throws Error that names address, port and setting where the port is taken. @returns the port */
export function listen(server: net.Server, { address, port, shared }: PublicPort, setting: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = 'code' in error && error.code === 'EADDRINUSE'
      const what = taken ? 'is taken by another process' : `cannot be opened: ${error.message}`
      reject(new Error(`settings: ${setting}: ${address}:${port} ${what}`, { cause: error }))
    })
    server.listen({ host: address, port, reusePort: shared }, () => {
      const bound = server.address()
      resolve(bound === null || typeof bound === 'string' ? port : bound.port)
    })
  })
}
