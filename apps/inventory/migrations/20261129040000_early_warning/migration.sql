-- Goods that come from outside, stock that is counted, and warnings before a product is gone.

-- What was ordered from a supplier and arrives later.
CREATE TABLE "replenishment_order" (
  "id" UUID NOT NULL,
  "warehouse" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "expected_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "replenishment_order_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "replenishment_order_id_fkey" FOREIGN KEY ("id") REFERENCES "stock_document" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "replenishment_order_warehouse_fkey" FOREIGN KEY ("warehouse") REFERENCES "warehouse" ("code") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "replenishment_order_state_known" CHECK ("state" IN ('ordered', 'arrived', 'cancelled'))
);
CREATE TABLE "replenishment_line" (
  "replenishment_id" UUID NOT NULL,
  "position" INTEGER NOT NULL,
  "sku" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  CONSTRAINT "replenishment_line_pkey" PRIMARY KEY ("replenishment_id", "position"),
  CONSTRAINT "replenishment_line_replenishment_id_fkey" FOREIGN KEY ("replenishment_id") REFERENCES "replenishment_order" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "replenishment_line_sku_fkey" FOREIGN KEY ("sku") REFERENCES "product" ("sku") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "replenishment_line_quantity_positive" CHECK ("quantity" > 0)
);
CREATE UNIQUE INDEX "replenishment_line_replenishment_id_sku_key" ON "replenishment_line" ("replenishment_id", "sku");

-- What was counted and what the books said at that moment; the difference is a movement, the reason the document's note.
CREATE TABLE "stock_take_line" (
  "document_id" UUID NOT NULL,
  "warehouse" TEXT NOT NULL,
  "sku" TEXT NOT NULL,
  "booked" INTEGER NOT NULL,
  "counted" INTEGER NOT NULL,
  CONSTRAINT "stock_take_line_pkey" PRIMARY KEY ("document_id", "sku"),
  CONSTRAINT "stock_take_line_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "stock_document" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "stock_take_line_stock_fkey" FOREIGN KEY ("sku", "warehouse") REFERENCES "stock" ("sku", "warehouse") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "stock_take_line_counted" CHECK ("counted" >= 0)
);

-- Open until "cleared_at"; one open warning of a kind for each product.
CREATE TABLE "stock_warning" (
  "id" UUID NOT NULL,
  "sku" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "available" INTEGER NOT NULL,
  -- Of "running-out": when the last piece will be gone, as it looked when the warning was raised.
  "sold_out_at" TIMESTAMPTZ(3),
  "raised_at" TIMESTAMPTZ(3) NOT NULL,
  "cleared_at" TIMESTAMPTZ(3),
  CONSTRAINT "stock_warning_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "stock_warning_sku_fkey" FOREIGN KEY ("sku") REFERENCES "product" ("sku") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "stock_warning_kind_known" CHECK ("kind" IN ('low', 'running-out')),
  CONSTRAINT "stock_warning_forecast" CHECK (("kind" = 'running-out') = ("sold_out_at" IS NOT NULL))
);
CREATE UNIQUE INDEX "stock_warning_open" ON "stock_warning" ("sku", "kind") WHERE "cleared_at" IS NULL;
CREATE INDEX "stock_warning_raised_at_idx" ON "stock_warning" ("raised_at", "id");

GRANT SELECT, INSERT, UPDATE ("state", "updated_at") ON "replenishment_order" TO "inventory_app";
GRANT SELECT, INSERT ON "replenishment_line", "stock_take_line" TO "inventory_app";
GRANT SELECT, INSERT, UPDATE ("cleared_at") ON "stock_warning" TO "inventory_app";

-- From libs/service-kit/sql/mail.sql.
CREATE TABLE "mail" (
  "id" UUID PRIMARY KEY,
  "due_for" TEXT NOT NULL UNIQUE,
  "recipient" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "body" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "sent_at" TIMESTAMPTZ(3),
  -- What the server said to a recipient that it will never take.
  "refused" TEXT
);
CREATE INDEX "mail_unsent" ON "mail" ("created_at", "id") WHERE "sent_at" IS NULL AND "refused" IS NULL;
GRANT SELECT, INSERT, UPDATE ("sent_at", "refused") ON "mail" TO "inventory_app";
