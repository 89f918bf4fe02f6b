/** What the gateway asks about a customer as a whole. */
import type { Erased } from '@meshmart/contracts'
import { Controller, HttpCode, Post } from '@nestjs/common'
import { ErasureStore } from '../persistence/erasure-store.ts'
import { Customer } from './customer-id.ts'

@Controller('v1/customers')
export class CustomersController {
  constructor(private readonly erasures: ErasureStore) {}

  @Post('erasure')
  @HttpCode(200)
  async erase(@Customer() customerId: string): Promise<Erased> {
    return { remaining: await this.erasures.erase(customerId) }
  }
}
