import { ProductQuery, Sku, type StockMovementPage, type StockOfProduct } from '@meshmart/contracts'
import { Controller, Get, Param, Query } from '@nestjs/common'
import { z } from 'zod'
import { StockView } from '../stock/stock-view.ts'

const MovementQuery = z.strictObject({
  limit: ProductQuery.shape.limit,
  cursor: z
    .string()
    .regex(/^\d{1,18}$/)
    .transform(BigInt)
    .optional(),
})

/** Stock as staff see it. */
@Controller('v1/stock')
export class StockController {
  constructor(private readonly stock: StockView) {}

  @Get(':sku')
  of(@Param('sku', { schema: Sku }) sku: string): Promise<StockOfProduct> {
    return this.stock.of(sku)
  }

  @Get(':sku/movements')
  movements(
    @Param('sku', { schema: Sku }) sku: string,
    @Query({ schema: MovementQuery }) query: z.infer<typeof MovementQuery>,
  ): Promise<StockMovementPage> {
    return this.stock.movements(sku, query.limit, query.cursor)
  }
}
