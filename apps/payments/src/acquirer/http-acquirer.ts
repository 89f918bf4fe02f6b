/** The acquirer as it is reached: over HTTP, by its name. The mesh encrypts (infra: ServiceEntry and DestinationRule), the API key proves who we are. */
import {
  type Card,
  CardToken,
  Charge,
  ChargeOperation,
  type ChargeOperationRequest,
  type ChargeRequest,
} from '@meshmart/contracts'
import { ProblemException, ServiceClient, SETTINGS, type ServiceCall } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import type { z } from 'zod'
import type { PaymentsSettings } from '../settings.ts'
import { Acquirer, AcquirerSilent, type Authorisation, type Operation } from './acquirer.ts'

/** One call. Who waits longer does better to ask. */
const callTimeoutMs = 1_000
const tokeniseTimeoutMs = 2_500

@Injectable()
export class HttpAcquirer extends Acquirer {
  readonly #service: ServiceClient
  readonly #headers: Readonly<Record<string, string>>

  constructor(@Inject(SETTINGS) settings: Pick<PaymentsSettings, 'ACQUIRER_URL' | 'ACQUIRER_API_KEY'>) {
    super()
    this.#service = new ServiceClient(settings.ACQUIRER_URL)
    this.#headers = { authorization: `Bearer ${settings.ACQUIRER_API_KEY}` }
  }

  tokenise(card: Card): Promise<CardToken> {
    return this.#ask('POST', '/v1/tokens', { body: { card }, answer: CardToken, timeoutMs: tokeniseTimeoutMs })
  }

  authorise({ key, token, amount }: Authorisation): Promise<Charge> {
    const body: ChargeRequest = { reference: key, token, amount }
    return this.#ask('POST', '/v1/charges', { body, answer: Charge })
  }

  findCharge(key: string): Promise<Charge | null> {
    return this.#find(`/v1/charges/${key}`, Charge)
  }

  operate({ key, charge, kind, amount }: Operation): Promise<ChargeOperation> {
    const body: ChargeOperationRequest = { reference: key, kind, amount }
    return this.#ask('POST', `/v1/charges/${charge}/operations`, { body, answer: ChargeOperation })
  }

  findOperation(key: string): Promise<ChargeOperation | null> {
    return this.#find(`/v1/operations/${key}`, ChargeOperation)
  }

  async #find<T extends z.ZodType>(path: string, answer: T): Promise<z.infer<T> | null> {
    try {
      return await this.#ask('GET', path, { answer })
    } catch (error) {
      if (error instanceof AcquirerSilent && isNotFound(error.cause)) return null
      throw error
    }
  }

  async #ask<T extends z.ZodType>(method: 'GET' | 'POST', path: string, call: ServiceCall<T>): Promise<z.infer<T>> {
    try {
      return await this.#service.request(method, path, { timeoutMs: callTimeoutMs, ...call, headers: this.#headers })
    } catch (error) {
      if (!(error instanceof ProblemException)) throw error
      throw new AcquirerSilent(error.message, { cause: error })
    }
  }
}

const isNotFound = (cause: unknown): boolean => cause instanceof ProblemException && cause.code === 'not-found'
