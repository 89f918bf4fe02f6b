/** Opens a public port, or says which setting has to change. */
import type net from 'node:net'

/** @throws Error that names address, port and setting where the port is taken. @returns the port */
export function listen(server: net.Server, address: string, port: number, setting: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = 'code' in error && error.code === 'EADDRINUSE'
      const what = taken ? 'is taken by another process' : `cannot be opened: ${error.message}`
      reject(new Error(`settings: ${setting}: ${address}:${port} ${what}`, { cause: error }))
    })
    server.listen(port, address, () => {
      const bound = server.address()
      resolve(bound === null || typeof bound === 'string' ? port : bound.port)
    })
  })
}
