/** The guard of what is not for everybody, at a controller of its own: the back office will stand behind it. */
import { Controller, Get } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { password, register } from '../testing/open-shop.ts'
import { demoPassword, type Shop, startShop, Visitor } from '../testing/shop.ts'
import { RequireAccount, SignedIn, type SignedInSession } from './require-account.ts'

@Controller('api/v1/test')
@RequireAccount('staff', 'admin')
class OfficeController {
  @Get('office')
  office(@SignedIn() { account }: SignedInSession): { role: string } {
    return { role: account.role }
  }

  @Get('safe')
  @RequireAccount('admin')
  safe(): object {
    return {}
  }
}

let shop: Shop
beforeAll(async () => {
  shop = await startShop(OfficeController)
})
afterAll(() => shop.stop())

const signedIn = async (app: NestFastifyApplication, email: string, typed: string): Promise<Visitor> => {
  const who = new Visitor(app)
  expect((await who.ask('POST', '/api/v1/session', { body: { email, password: typed } })).statusCode).toBe(201)
  return who
}

describe('what only some roles may do', () => {
  it('is for them alone', async () => {
    const stranger = new Visitor(shop.app)
    const guest = new Visitor(shop.app)
    await guest.ask('PUT', '/api/v1/cart', { body: { items: [] } })
    const customer = await signedIn(shop.app, await register(new Visitor(shop.app)), password)
    const staff = await signedIn(shop.app, 'staff@meshmart.example', demoPassword)
    const admin = await signedIn(shop.app, 'admin@meshmart.example', demoPassword)
    const statuses = async (who: Visitor): Promise<number[]> => [
      (await who.ask('GET', '/api/v1/test/office')).statusCode,
      (await who.ask('GET', '/api/v1/test/safe')).statusCode,
    ]
    expect(await statuses(stranger)).toEqual([401, 401])
    expect(await statuses(guest)).toEqual([401, 401])
    expect(await statuses(customer)).toEqual([403, 403])
    expect(await statuses(staff)).toEqual([200, 403])
    expect(await statuses(admin)).toEqual([200, 200])
    expect((await customer.ask('GET', '/api/v1/test/office')).json()).toMatchObject({ code: 'not-allowed' })
  })
})
