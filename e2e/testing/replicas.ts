/**
 * Which process of the shop under test does what for a replica, read from the shop itself. A suite asks for the role (who carries the traffic, whose log has
 * the calls) and thereby holds for both placements: with an embedded sidecar it is one process, else there is a second one beside it.
 */
import { connect } from 'node:tls'
import { listeningPorts, logOf, pidsOf } from './processes.ts'

const beside = (replica: string): string => `${replica}-sidecar`

/** Replicas of a service, such as `orders-1` and `orders-2`. */
export function replicasOf(home: string, service: string): string[] {
  const name = new RegExp(`^${service}-\\d+$`)
  return Object.keys(pidsOf(home)).filter((process) => name.test(process))
}

/** Name of the process that is a replica in the mesh: it speaks mTLS, decides, counts, and writes the access log. */
export function sidecarOf(home: string, replica: string): string {
  const process = beside(replica)
  return pidsOf(home)[process] === undefined ? replica : process
}

/** Names of all its processes. */
export function processesOf(home: string, replica: string): string[] {
  return [...new Set([replica, sidecarOf(home, replica)])]
}

/** What the mesh says of a replica: its access log, its refusals. */
export function meshLogOf(home: string, replica: string): string {
  return logOf(home, sidecarOf(home, replica))
}

/** The mTLS port of a replica. */
export async function tlsPortOf(home: string, replica: string): Promise<number> {
  const [port] = await tlsPortsOf(pidsOf(home)[sidecarOf(home, replica)]!)
  if (port === undefined) throw new Error(`${replica} has no TLS listener`)
  return port
}

/** Those listeners of a process that answer a TLS greeting; the others speak plain HTTP. */
export async function tlsPortsOf(pid: number): Promise<number[]> {
  const ports = listeningPorts(pid)
  const speak = await Promise.all(ports.map(speaksTls))
  return ports.filter((_, index) => speak[index])
}

/** @returns whether a handshake gets as far as the server's certificate */
function speaksTls(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, timeout: 3000 })
    const answer = (speaks: boolean) => () => {
      socket.destroy()
      resolve(speaks)
    }
    socket.once('secureConnect', answer(true)).once('error', answer(false)).once('timeout', answer(false))
  })
}
