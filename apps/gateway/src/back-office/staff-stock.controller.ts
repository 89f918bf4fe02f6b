import {
  Sku,
  StockMovementPage,
  StockOfProduct,
  StockTake,
  StockTakeRequest,
  StockWarningList,
} from '@meshmart/contracts'
import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common'
import { ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger'
import { BODY_PROBLEMS, UPSTREAM_PROBLEMS } from '../http/problem-sets.ts'
import { ApiPage } from '../http/queries.ts'
import { Answers } from '../openapi/answers.ts'
import { RequireAccount, SignedIn, type SignedInSession } from '../sessions/require-account.ts'
import { OFFICE_PROBLEMS } from './office-problems.ts'
import { ApiChoice, ApiLimit, MovementQuery, WarningQuery } from './office-queries.ts'
import { StockDesk } from './stock-desk.ts'

const ApiSku = () => ApiParam({ name: 'sku', schema: { type: 'string', example: 'MUG-DAWN' } })
const STOCK_PROBLEMS = [...OFFICE_PROBLEMS, 'not-found', ...UPSTREAM_PROBLEMS] as const

/** Where goods are, how they came there, and what runs out. */
@ApiTags('back office')
@Controller('api/v1/admin')
@RequireAccount('staff', 'admin')
export class StaffStockController {
  constructor(private readonly desk: StockDesk) {}

  @Get('stock/:sku')
  @Header('cache-control', 'no-store')
  @ApiSku()
  @ApiOperation({ summary: 'On hand, held and available, by warehouse' })
  @Answers({ status: 200, description: 'The stock of a product', schema: StockOfProduct }, STOCK_PROBLEMS)
  getStock(@Param('sku', { schema: Sku }) sku: string): Promise<StockOfProduct> {
    return this.desk.stock(sku)
  }

  @Get('stock/:sku/movements')
  @Header('cache-control', 'no-store')
  @ApiSku()
  @ApiPage()
  @ApiOperation({ summary: 'What changed the stock of a product, newest first' })
  @Answers({ status: 200, description: 'One page of movements', schema: StockMovementPage }, [
    ...STOCK_PROBLEMS,
    'invalid-request',
  ])
  listMovements(
    @Param('sku', { schema: Sku }) sku: string,
    @Query({ schema: MovementQuery }) query: MovementQuery,
  ): Promise<StockMovementPage> {
    return this.desk.movements(sku, query)
  }

  @Get('stock-warnings')
  @Header('cache-control', 'no-store')
  @ApiChoice('open', ['true', 'false'])
  @ApiLimit()
  @ApiOperation({ summary: 'What is low or running out, newest first' })
  @Answers({ status: 200, description: 'Warnings', schema: StockWarningList }, [
    ...OFFICE_PROBLEMS,
    'invalid-request',
    ...UPSTREAM_PROBLEMS,
  ])
  listWarnings(@Query({ schema: WarningQuery }) query: WarningQuery): Promise<StockWarningList> {
    return this.desk.warnings(query)
  }

  @Post('stock-takes')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Say what was counted in a warehouse; the difference is booked, once for each id' })
  @ApiBody({ schema: { $ref: '#/components/schemas/StockTakeRequest' } })
  @Answers({ status: 200, description: 'What was counted, and what the books said', schema: StockTake }, [
    ...BODY_PROBLEMS,
    ...OFFICE_PROBLEMS,
    'unknown-sku',
    'not-enough-stock',
    'idempotency-key-reused',
    ...UPSTREAM_PROBLEMS,
  ])
  bookStockTake(
    @Body({ schema: StockTakeRequest }) body: StockTakeRequest,
    @SignedIn() { account }: SignedInSession,
  ): Promise<StockTake> {
    return this.desk.bookStockTake(account, body)
  }
}
