import {
  Replenishment,
  ReplenishmentList,
  ReplenishmentRequest,
  ReplenishmentState,
  Transfer,
  TransferList,
  TransferRequest,
  TransferState,
} from '@meshmart/contracts'
import { applyDecorators, Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common'
import { ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger'
import { z } from 'zod'
import { BODY_PROBLEMS, UPSTREAM_PROBLEMS } from '../http/problem-sets.ts'
import { Answers } from '../openapi/answers.ts'
import { RequireAccount, SignedIn, type SignedInSession } from '../sessions/require-account.ts'
import { OFFICE_PROBLEMS } from './office-problems.ts'
import { ApiChoice, ApiLimit, ReplenishmentQuery, TransferQuery } from './office-queries.ts'
import { StockDesk } from './stock-desk.ts'

const Id = z.uuid()
const LIST_PROBLEMS = [...OFFICE_PROBLEMS, 'invalid-request', ...UPSTREAM_PROBLEMS] as const
const NEW_PROBLEMS = [
  ...BODY_PROBLEMS,
  ...OFFICE_PROBLEMS,
  'unknown-sku',
  'idempotency-key-reused',
  ...UPSTREAM_PROBLEMS,
] as const

/** What all steps of a transfer or a replenishment say of themselves. */
const Step = (summary: string, schema: z.ZodType, problems: readonly 'not-enough-stock'[] = []) =>
  applyDecorators(
    HttpCode(200),
    Header('cache-control', 'no-store'),
    ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } }),
    ApiOperation({ summary }),
    Answers({ status: 200, description: 'As it is now; again changes nothing', schema }, [
      ...OFFICE_PROBLEMS,
      'not-found',
      'wrong-state',
      ...problems,
      ...UPSTREAM_PROBLEMS,
    ]),
  )

/** Goods on their way between the warehouses, and from suppliers. The id in a body is its idempotency key. */
@ApiTags('back office')
@Controller('api/v1/admin')
@RequireAccount('staff', 'admin')
export class StaffSupplyController {
  constructor(private readonly desk: StockDesk) {}

  @Get('transfers')
  @Header('cache-control', 'no-store')
  @ApiChoice('state', TransferState.options)
  @ApiLimit()
  @ApiOperation({ summary: 'Transfers between the warehouses, newest first' })
  @Answers({ status: 200, description: 'Transfers', schema: TransferList }, LIST_PROBLEMS)
  listTransfers(@Query({ schema: TransferQuery }) query: TransferQuery): Promise<TransferList> {
    return this.desk.transfers(query)
  }

  @Post('transfers')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Ask for goods to be moved to the other warehouse, once for each id' })
  @ApiBody({ schema: { $ref: '#/components/schemas/TransferRequest' } })
  @Answers({ status: 200, description: 'The transfer', schema: Transfer }, NEW_PROBLEMS)
  requestTransfer(
    @Body({ schema: TransferRequest }) body: TransferRequest,
    @SignedIn() { account }: SignedInSession,
  ): Promise<Transfer> {
    return this.desk.requestTransfer(account, body)
  }

  @Post('transfers/:id/ship')
  @Step('The goods have left their warehouse', Transfer, ['not-enough-stock'])
  shipTransfer(@Param('id', { schema: Id }) id: string, @SignedIn() { account }: SignedInSession): Promise<Transfer> {
    return this.desk.moveTransfer(account, id, 'ship')
  }

  @Post('transfers/:id/receive')
  @Step('The goods have arrived', Transfer)
  receiveTransfer(
    @Param('id', { schema: Id }) id: string,
    @SignedIn() { account }: SignedInSession,
  ): Promise<Transfer> {
    return this.desk.moveTransfer(account, id, 'receive')
  }

  @Post('transfers/:id/cancel')
  @Step('Nothing is to be moved', Transfer)
  cancelTransfer(@Param('id', { schema: Id }) id: string, @SignedIn() { account }: SignedInSession): Promise<Transfer> {
    return this.desk.moveTransfer(account, id, 'cancel')
  }

  @Get('replenishments')
  @Header('cache-control', 'no-store')
  @ApiChoice('state', ReplenishmentState.options)
  @ApiLimit()
  @ApiOperation({ summary: 'Orders to suppliers, newest first' })
  @Answers({ status: 200, description: 'Replenishments', schema: ReplenishmentList }, LIST_PROBLEMS)
  listReplenishments(@Query({ schema: ReplenishmentQuery }) query: ReplenishmentQuery): Promise<ReplenishmentList> {
    return this.desk.replenishments(query)
  }

  @Post('replenishments')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Order goods from a supplier, once for each id' })
  @ApiBody({ schema: { $ref: '#/components/schemas/ReplenishmentRequest' } })
  @Answers({ status: 200, description: 'The replenishment', schema: Replenishment }, NEW_PROBLEMS)
  orderReplenishment(
    @Body({ schema: ReplenishmentRequest }) body: ReplenishmentRequest,
    @SignedIn() { account }: SignedInSession,
  ): Promise<Replenishment> {
    return this.desk.orderReplenishment(account, body)
  }

  @Post('replenishments/:id/arrive')
  @Step('The goods have come; they are booked', Replenishment)
  arriveReplenishment(
    @Param('id', { schema: Id }) id: string,
    @SignedIn() { account }: SignedInSession,
  ): Promise<Replenishment> {
    return this.desk.endReplenishment(account, id, 'arrive')
  }

  @Post('replenishments/:id/cancel')
  @Step('The goods will not come', Replenishment)
  cancelReplenishment(
    @Param('id', { schema: Id }) id: string,
    @SignedIn() { account }: SignedInSession,
  ): Promise<Replenishment> {
    return this.desk.endReplenishment(account, id, 'cancel')
  }
}
