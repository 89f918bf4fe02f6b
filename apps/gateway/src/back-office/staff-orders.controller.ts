import {
  MOST_BUCKETS,
  ReturnRequest,
  ShopFigures,
  StaffOrder,
  StaffOrderFilter,
  StaffOrderList,
} from '@meshmart/contracts'
import { IdempotencyKeyHeader } from '@meshmart/service-kit'
import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common'
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger'
import { BODY_PROBLEMS, UPSTREAM_PROBLEMS } from '../http/problem-sets.ts'
import { ApiPage, OrderId } from '../http/queries.ts'
import { Answers } from '../openapi/answers.ts'
import { RequireAccount, SignedIn, type SignedInSession } from '../sessions/require-account.ts'
import { ApiChoice, FigureQuery, StaffOrderQuery } from './office-queries.ts'
import { OrdersDesk } from './orders-desk.ts'
import { OFFICE_PROBLEMS } from './office-problems.ts'

const ApiOrderId = () => ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
const ORDER_PROBLEMS = [...OFFICE_PROBLEMS, 'not-found', ...UPSTREAM_PROBLEMS] as const

/** Orders of all customers, for whoever works in the back office. */
@ApiTags('back office')
@Controller('api/v1/admin')
@RequireAccount('staff', 'admin')
export class StaffOrdersController {
  constructor(private readonly desk: OrdersDesk) {}

  @Get('orders')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Find orders of any customer, newest first' })
  @ApiChoice('state', StaffOrderFilter.options)
  @ApiQuery({
    name: 'search',
    required: false,
    description: 'An order’s id, its last six digits, or an e-mail',
    schema: { type: 'string', maxLength: 254 },
  })
  @ApiPage()
  @Answers({ status: 200, description: 'One page of orders', schema: StaffOrderList }, [
    ...OFFICE_PROBLEMS,
    'invalid-request',
    ...UPSTREAM_PROBLEMS,
  ])
  findOrders(@Query({ schema: StaffOrderQuery }) query: StaffOrderQuery): Promise<StaffOrderList> {
    return this.desk.list(query)
  }

  @Get('orders/:id')
  @Header('cache-control', 'no-store')
  @ApiOrderId()
  @ApiOperation({ summary: 'Any order, with its saga and what was done to it' })
  @Answers({ status: 200, description: 'The order', schema: StaffOrder }, ORDER_PROBLEMS)
  inspectOrder(@Param('id', { schema: OrderId }) id: string): Promise<StaffOrder> {
    return this.desk.find(id)
  }

  @Post('orders/:id/cancel')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOrderId()
  @ApiOperation({ summary: 'Cancel any order; what was paid is refunded whole, what was taken is put back' })
  @Answers({ status: 200, description: 'Cancelled, or being cancelled', schema: StaffOrder }, [
    ...ORDER_PROBLEMS,
    'wrong-state',
  ])
  cancelAnyOrder(
    @Param('id', { schema: OrderId }) id: string,
    @SignedIn() { account }: SignedInSession,
  ): Promise<StaffOrder> {
    return this.desk.act(id, 'cancel', account)
  }

  @Post('orders/:id/returns')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOrderId()
  @ApiOperation({ summary: 'Refund some pieces of a confirmed order and put them back, once for each Idempotency-Key' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description: 'New for each return, and the same for each try of it',
    schema: { type: 'string', minLength: 8, maxLength: 200 },
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/ReturnRequest' } })
  @Answers({ status: 200, description: 'Back, or on their way back: see `returns`', schema: StaffOrder }, [
    ...BODY_PROBLEMS,
    ...ORDER_PROBLEMS,
    'wrong-state',
    'return-exceeds-kept',
    'idempotency-key-reused',
  ])
  returnAnyPieces(
    @Param('id', { schema: OrderId }) id: string,
    @IdempotencyKeyHeader() idempotencyKey: string,
    @Body({ schema: ReturnRequest }) body: ReturnRequest,
    @SignedIn() { account }: SignedInSession,
  ): Promise<StaffOrder> {
    return this.desk.return(id, idempotencyKey, body, account)
  }

  @Post('orders/:id/retry')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOrderId()
  @ApiOperation({ summary: 'Try the present step of an order again now, whatever its back-off says' })
  @Answers({ status: 200, description: 'It is due now', schema: StaffOrder }, [...ORDER_PROBLEMS, 'wrong-state'])
  retryOrder(
    @Param('id', { schema: OrderId }) id: string,
    @SignedIn() { account }: SignedInSession,
  ): Promise<StaffOrder> {
    return this.desk.act(id, 'retry', account)
  }

  @Get('figures')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Orders, failures and revenue of the last minutes or hours' })
  @ApiChoice('bucket', ['minute', 'hour'])
  @ApiQuery({
    name: 'count',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MOST_BUCKETS, default: 60 },
  })
  @Answers({ status: 200, description: 'Oldest first', schema: ShopFigures }, [
    ...OFFICE_PROBLEMS,
    'invalid-request',
    ...UPSTREAM_PROBLEMS,
  ])
  getFigures(@Query({ schema: FigureQuery }) query: FigureQuery): Promise<ShopFigures> {
    return this.desk.figures(query)
  }
}
