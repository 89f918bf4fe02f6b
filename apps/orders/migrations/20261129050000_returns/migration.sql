-- Pieces of a confirmed order go back: some of some lines, and what they cost. A return is a row from the moment it is asked for until money and goods are back;
-- whoever holds the lease of the order's checkout works on it.

-- Counted when it is asked for, so that of two returns of the same piece the second one finds none.
ALTER TABLE "order_line" ADD COLUMN "returned" INTEGER NOT NULL DEFAULT 0,
  ADD CONSTRAINT "order_line_no_more_back_than_bought" CHECK ("returned" BETWEEN 0 AND "quantity");

CREATE TABLE "order_return" (
  "id" UUID NOT NULL,
  "order_id" UUID NOT NULL,
  -- Returns of an order are made one after the other.
  "sequence" INTEGER NOT NULL,
  "idempotency_key" TEXT NOT NULL,
  "fingerprint" CHAR(64) NOT NULL,
  "state" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  -- Minor units in the order's currency.
  "amount" BIGINT NOT NULL,
  "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "returned_at" TIMESTAMPTZ(3),
  CONSTRAINT "order_return_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "order_return_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "order_return_state_known" CHECK ("state" IN ('refunding', 'restocking', 'returned')),
  CONSTRAINT "order_return_ends_at_a_time" CHECK (("state" = 'returned') = ("returned_at" IS NOT NULL)),
  CONSTRAINT "order_return_amount_not_negative" CHECK ("amount" >= 0)
);
CREATE UNIQUE INDEX "order_return_order_id_sequence_key" ON "order_return"("order_id", "sequence");
CREATE UNIQUE INDEX "order_return_order_id_idempotency_key_key" ON "order_return"("order_id", "idempotency_key");

CREATE TABLE "order_return_line" (
  "return_id" UUID NOT NULL,
  "position" INTEGER NOT NULL,
  "sku" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  CONSTRAINT "order_return_line_pkey" PRIMARY KEY ("return_id", "position"),
  CONSTRAINT "order_return_line_return_id_fkey" FOREIGN KEY ("return_id") REFERENCES "order_return"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "order_return_line_quantity_positive" CHECK ("quantity" > 0)
);
CREATE UNIQUE INDEX "order_return_line_return_id_sku_key" ON "order_return_line"("return_id", "sku");

GRANT SELECT, INSERT, UPDATE ("state", "attempts", "returned_at") ON "order_return" TO "orders_app";
GRANT SELECT, INSERT ON "order_return_line" TO "orders_app";
