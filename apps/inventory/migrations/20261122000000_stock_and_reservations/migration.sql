-- Products, stock and reservations.
--
-- Three promises are kept here and not in code, so that no bug of the service can break them:
--   1. nothing is ever oversold: stock_never_oversold;
--   2. what is on hand is the sum of its movements: only the trigger writes stock.on_hand, and movements can only be inserted;
--   3. a reservation sells each of its products once and takes it back once: the unique key of stock_movement.

CREATE TABLE "product" (
  "sku" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "name_en" TEXT NOT NULL,
  "name_zh_cn" TEXT NOT NULL,
  "description_en" TEXT NOT NULL,
  "description_zh_cn" TEXT NOT NULL,
  "category" TEXT NOT NULL,
  "price_amount" INTEGER NOT NULL,
  "price_currency" TEXT NOT NULL,
  "picture" TEXT NOT NULL,
  "reorder_point" INTEGER NOT NULL,
  CONSTRAINT "product_pkey" PRIMARY KEY ("sku"),
  CONSTRAINT "product_sku_form" CHECK ("sku" ~ '^[A-Z0-9]{2,8}(-[A-Z0-9]{1,12}){1,4}$'),
  CONSTRAINT "product_category_known" CHECK ("category" IN ('kitchen', 'textiles', 'stationery', 'lighting', 'garden')),
  CONSTRAINT "product_price_positive" CHECK ("price_amount" > 0 AND "price_currency" ~ '^[A-Z]{3}$'),
  CONSTRAINT "product_reorder_point_positive" CHECK ("reorder_point" >= 0)
);
CREATE INDEX "product_position_sku_idx" ON "product" ("position", "sku");

CREATE TABLE "stock" (
  "sku" TEXT NOT NULL,
  "on_hand" INTEGER NOT NULL DEFAULT 0,
  "held" INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT "stock_pkey" PRIMARY KEY ("sku"),
  CONSTRAINT "stock_sku_fkey" FOREIGN KEY ("sku") REFERENCES "product" ("sku") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "stock_held_not_negative" CHECK ("held" >= 0),
  CONSTRAINT "stock_never_oversold" CHECK ("on_hand" - "held" >= 0)
);

CREATE TABLE "reservation" (
  "id" UUID NOT NULL,
  "order_id" UUID NOT NULL,
  "state" TEXT NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "reservation_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "reservation_state_known" CHECK ("state" IN ('held', 'confirmed', 'released', 'expired', 'returned'))
);
CREATE UNIQUE INDEX "reservation_order_id_key" ON "reservation" ("order_id");
-- What the expiry sweep looks for; nothing else is in it, so it stays as small as the number of open checkouts.
CREATE INDEX "reservation_held_expires_at" ON "reservation" ("expires_at") WHERE "state" = 'held';

CREATE TABLE "reservation_line" (
  "reservation_id" UUID NOT NULL,
  "position" INTEGER NOT NULL,
  "sku" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  "unit_amount" INTEGER NOT NULL,
  "unit_currency" TEXT NOT NULL,
  CONSTRAINT "reservation_line_pkey" PRIMARY KEY ("reservation_id", "position"),
  CONSTRAINT "reservation_line_reservation_id_fkey" FOREIGN KEY ("reservation_id") REFERENCES "reservation" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "reservation_line_sku_fkey" FOREIGN KEY ("sku") REFERENCES "product" ("sku") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "reservation_line_quantity_positive" CHECK ("quantity" > 0)
);
CREATE UNIQUE INDEX "reservation_line_reservation_id_sku_key" ON "reservation_line" ("reservation_id", "sku");

CREATE TABLE "stock_movement" (
  "id" BIGSERIAL NOT NULL,
  "sku" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  "reservation_id" UUID,
  "at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "stock_movement_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "stock_movement_sku_fkey" FOREIGN KEY ("sku") REFERENCES "product" ("sku") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "stock_movement_reservation_id_fkey" FOREIGN KEY ("reservation_id") REFERENCES "reservation" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "stock_movement_sign" CHECK (
    ("kind" = 'opening' AND "quantity" >= 0 AND "reservation_id" IS NULL)
    OR ("kind" = 'sold' AND "quantity" < 0 AND "reservation_id" IS NOT NULL)
    OR ("kind" = 'returned' AND "quantity" > 0 AND "reservation_id" IS NOT NULL)
  )
);
CREATE UNIQUE INDEX "stock_movement_reservation_id_sku_kind_key" ON "stock_movement" ("reservation_id", "sku", "kind");
CREATE INDEX "stock_movement_sku_idx" ON "stock_movement" ("sku");
CREATE UNIQUE INDEX "stock_movement_one_opening" ON "stock_movement" ("sku") WHERE "kind" = 'opening';

-- Runs as the owner: the service's own role may not write stock.on_hand.
CREATE FUNCTION "apply_stock_movement"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE "stock" SET "on_hand" = "on_hand" + NEW."quantity" WHERE "sku" = NEW."sku";
  IF NOT FOUND THEN
    RAISE EXCEPTION 'stock_movement of % has no stock row to add to', NEW."sku" USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER "stock_movement_applies" AFTER INSERT ON "stock_movement" FOR EACH ROW EXECUTE FUNCTION "apply_stock_movement"();

GRANT SELECT, INSERT ON "product" TO "inventory_app";
GRANT SELECT, INSERT ("sku"), UPDATE ("held") ON "stock" TO "inventory_app";
GRANT SELECT, INSERT ON "stock_movement" TO "inventory_app";
GRANT USAGE ON SEQUENCE "stock_movement_id_seq" TO "inventory_app";
GRANT SELECT, INSERT, UPDATE ("state", "updated_at") ON "reservation" TO "inventory_app";
GRANT SELECT, INSERT ON "reservation_line" TO "inventory_app";

-- From libs/service-kit/sql/outbox.sql.
CREATE TABLE "outbox" (
  "seq" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "id" UUID NOT NULL UNIQUE,
  "type" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "data" JSONB NOT NULL,
  "traceparent" TEXT,
  "occurred_at" TIMESTAMPTZ(3) NOT NULL,
  "published_at" TIMESTAMPTZ(3)
);
CREATE INDEX "outbox_unpublished" ON "outbox" ("seq") WHERE "published_at" IS NULL;

-- The relay sleeps on LISTEN; PostgreSQL delivers the notice when the transaction commits.
CREATE FUNCTION "outbox_notify"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('outbox', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER "outbox_notify" AFTER INSERT ON "outbox" FOR EACH STATEMENT EXECUTE FUNCTION "outbox_notify"();
GRANT SELECT, INSERT, UPDATE, DELETE ON "outbox" TO "inventory_app";
