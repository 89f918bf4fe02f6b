/** An exchange as AuthorizationPolicy sees it. One view is used for every request: policies are asked synchronously and keep nothing of it. */
import type { AuthorizableRequest, JwtClaims } from '@meshmart/mesh-policy'
import type { GuardedExchange } from './guarded-exchange.ts'

const NO_AUDIENCES: readonly string[] = []

export class RequestView implements AuthorizableRequest {
  #exchange: GuardedExchange

  constructor(exchange: GuardedExchange) {
    this.#exchange = exchange
  }

  of(exchange: GuardedExchange): this {
    this.#exchange = exchange
    return this
  }

  get principal(): string | null {
    const { peer } = this.#exchange
    return peer === null ? null : peer.principal
  }
  get method(): string {
    return this.#exchange.method
  }
  get path(): string {
    return this.#exchange.path
  }
  get host(): string {
    return this.#exchange.authority
  }
  get port(): number {
    return this.#exchange.connection.workloadPort
  }
  get sourceIp(): string {
    return this.#exchange.connection.sourceIp
  }
  get remoteIp(): string {
    return this.#exchange.remoteIp
  }
  get destinationIp(): string {
    return this.#exchange.connection.destinationIp
  }
  get sni(): string | null {
    return this.#exchange.connection.sni
  }
  get requestPrincipal(): string | null {
    const { jwt } = this.#exchange
    return jwt === null ? null : jwt.requestPrincipal
  }
  get jwtAudiences(): readonly string[] {
    const { jwt } = this.#exchange
    return jwt === null ? NO_AUDIENCES : jwt.audiences
  }
  get jwtPresenter(): string | null {
    const { jwt } = this.#exchange
    return jwt === null ? null : jwt.azp
  }
  get jwtClaims(): JwtClaims | null {
    const { jwt } = this.#exchange
    return jwt === null ? null : jwt.claims
  }

  header(name: string): string | undefined {
    return this.#exchange.header(name)
  }
}
