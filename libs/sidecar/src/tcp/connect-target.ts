/** `CONNECT host:port` on the application's HTTP door (RFC 9110, 9.3.6): what follows it is carried as it is, where the mesh carries that port so. */
import net from 'node:net'
import type { ResponseFlag } from '@meshmart/mesh-policy'
import type { OutboundTarget } from './outbound-connection.ts'

/** How the request's own end tells what became of it. */
export interface ConnectAnswers {
  /** 200; the connection leaves HTTP with it. */
  established(): void
  /** The connection closes behind it. */
  refuse(flag: ResponseFlag, reason: string, status: number): void
}

export class ConnectTarget implements OutboundTarget {
  readonly host: string
  readonly port: number
  readonly destinationIp: string | null
  readonly #answers: ConnectAnswers

  /** @param authority `host:port`, checked by the codec */
  constructor(authority: string, answers: ConnectAnswers) {
    const colon = authority.lastIndexOf(':')
    this.host = authority
      .slice(0, colon)
      .replace(/^\[|\]$/g, '')
      .toLowerCase()
    this.port = Number(authority.slice(colon + 1))
    this.destinationIp = net.isIP(this.host) === 0 ? null : this.host
    this.#answers = answers
  }

  accepted(): void {
    this.#answers.established()
  }

  refused(flag: ResponseFlag, reason: string, status: number): boolean {
    this.#answers.refuse(flag, reason, status)
    return false
  }
}
