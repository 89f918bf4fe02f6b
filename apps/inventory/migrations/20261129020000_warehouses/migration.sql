-- Stock in several warehouses, and goods that travel between them.
--
-- What is new in who keeps what:
--   1. the service's role writes no column of "stock" any more: on_hand is the work of movements, held that of allocations, both by triggers;
--   2. goods on the way stand in a place of their own, "transit", so that the sum over all places never loses a piece;
--   3. every movement that is no sale has a document that says who moved what and why.

CREATE TABLE "warehouse" (
  "code" TEXT NOT NULL,
  -- Reservations choose in this order, and locks are taken in it.
  "place" INTEGER NOT NULL,
  -- False where goods are that nobody can buy.
  "sells" BOOLEAN NOT NULL,
  CONSTRAINT "warehouse_pkey" PRIMARY KEY ("code"),
  CONSTRAINT "warehouse_code_form" CHECK ("code" ~ '^[a-z]{2,20}$')
);
CREATE UNIQUE INDEX "warehouse_place_key" ON "warehouse" ("place");
INSERT INTO "warehouse" VALUES ('central', 1, true), ('harbour', 2, true), ('transit', 3, false);

-- Everything that there was until now lies in the central warehouse.
ALTER TABLE "stock" ADD COLUMN "warehouse" TEXT NOT NULL DEFAULT 'central';
ALTER TABLE "stock" ALTER COLUMN "warehouse" DROP DEFAULT, DROP CONSTRAINT "stock_pkey",
  ADD CONSTRAINT "stock_pkey" PRIMARY KEY ("sku", "warehouse"),
  ADD CONSTRAINT "stock_warehouse_fkey" FOREIGN KEY ("warehouse") REFERENCES "warehouse" ("code") ON DELETE RESTRICT ON UPDATE RESTRICT,
  ADD CONSTRAINT "stock_transit_holds_nothing" CHECK ("held" = 0 OR "warehouse" <> 'transit');
INSERT INTO "stock" ("sku", "warehouse") SELECT "sku", "code" FROM "product" CROSS JOIN "warehouse" ON CONFLICT DO NOTHING;

-- A product has a row in every place from its first moment, so that there is always a row to lock.
CREATE FUNCTION "place_products"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO "stock" ("sku", "warehouse") SELECT "sku", "code" FROM "written" CROSS JOIN "warehouse";
  RETURN NULL;
END
$$;
CREATE TRIGGER "product_inserted_stock" AFTER INSERT ON "product" REFERENCING NEW TABLE AS "written"
  FOR EACH STATEMENT EXECUTE FUNCTION "place_products"();

-- Who changed stock other than by a sale, and why.
CREATE TABLE "stock_document" (
  "id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  -- Who asked for it: an account, a channel, a part of the service.
  "actor" TEXT NOT NULL,
  "note" TEXT NOT NULL DEFAULT '',
  "at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "stock_document_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "stock_document_kind_known" CHECK ("kind" IN ('transfer', 'replenishment', 'stock-take', 'channel-feed', 'return'))
);
CREATE INDEX "stock_document_kind_at_idx" ON "stock_document" ("kind", "at", "id");

ALTER TABLE "stock_movement" ADD COLUMN "warehouse" TEXT NOT NULL DEFAULT 'central', ADD COLUMN "document_id" UUID;
ALTER TABLE "stock_movement" ALTER COLUMN "warehouse" DROP DEFAULT,
  ADD CONSTRAINT "stock_movement_stock_fkey" FOREIGN KEY ("sku", "warehouse") REFERENCES "stock" ("sku", "warehouse") ON DELETE RESTRICT ON UPDATE RESTRICT,
  ADD CONSTRAINT "stock_movement_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "stock_document" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  DROP CONSTRAINT "stock_movement_sku_fkey",
  DROP CONSTRAINT "stock_movement_sign",
  ADD CONSTRAINT "stock_movement_sign" CHECK (
    ("kind" = 'opening' AND "quantity" >= 0 AND "reservation_id" IS NULL AND "document_id" IS NULL)
    OR ("kind" = 'sold' AND "quantity" < 0 AND "reservation_id" IS NOT NULL AND "document_id" IS NULL)
    OR ("kind" = 'returned' AND "quantity" > 0 AND "reservation_id" IS NOT NULL)
    OR ("kind" = 'restocked' AND "quantity" > 0 AND "reservation_id" IS NULL AND "document_id" IS NOT NULL)
    OR ("kind" IN ('shipped', 'received', 'counted', 'channel') AND "quantity" <> 0 AND "reservation_id" IS NULL AND "document_id" IS NOT NULL)
  );
DROP INDEX "stock_movement_reservation_id_sku_kind_key";
DROP INDEX "stock_movement_one_opening";
DROP INDEX "stock_movement_sku_idx";
-- A line is sold once from each warehouse, and a document gives it back once.
CREATE UNIQUE INDEX "stock_movement_once_for_reservation" ON "stock_movement" ("reservation_id", "sku", "warehouse", "kind", "document_id")
  NULLS NOT DISTINCT WHERE "reservation_id" IS NOT NULL;
-- A channel's feed may move a product more than once; its own rows say which movement was taken over.
CREATE UNIQUE INDEX "stock_movement_once_for_document" ON "stock_movement" ("document_id", "sku", "warehouse", "kind")
  WHERE "kind" IN ('shipped', 'received', 'restocked', 'counted');
CREATE UNIQUE INDEX "stock_movement_one_opening" ON "stock_movement" ("sku", "warehouse") WHERE "kind" = 'opening';
-- The last movements of a product; those of the last hours, which lie together at the end of the table.
CREATE INDEX "stock_movement_sku_id_idx" ON "stock_movement" ("sku", "id");
CREATE INDEX "stock_movement_at_idx" ON "stock_movement" USING brin ("at") WITH (pages_per_range = 16, autosummarize = on);

CREATE OR REPLACE FUNCTION "apply_stock_movement"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE "stock" SET "on_hand" = "on_hand" + NEW."quantity" WHERE "sku" = NEW."sku" AND "warehouse" = NEW."warehouse";
  IF NOT FOUND THEN
    RAISE EXCEPTION 'stock_movement of % in % has no stock row to add to', NEW."sku", NEW."warehouse" USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END
$$;

-- From which warehouse the pieces of a line come: while they are held, and after they were sold.
CREATE TABLE "reservation_allocation" (
  "reservation_id" UUID NOT NULL,
  "sku" TEXT NOT NULL,
  "warehouse" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  CONSTRAINT "reservation_allocation_pkey" PRIMARY KEY ("reservation_id", "sku", "warehouse"),
  CONSTRAINT "reservation_allocation_line_fkey" FOREIGN KEY ("reservation_id", "sku") REFERENCES "reservation_line" ("reservation_id", "sku") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "reservation_allocation_quantity_positive" CHECK ("quantity" > 0)
);
INSERT INTO "reservation_allocation" SELECT "reservation_id", "sku", 'central', "quantity" FROM "reservation_line" l
  JOIN "reservation" r ON r."id" = l."reservation_id" WHERE r."state" IN ('held', 'confirmed', 'returned');

-- An allocation of a reservation that is held holds its pieces.
CREATE FUNCTION "hold_allocated"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE "stock" s SET "held" = s."held" + a."quantity" FROM "written" a JOIN "reservation" r ON r."id" = a."reservation_id"
    WHERE r."state" = 'held' AND s."sku" = a."sku" AND s."warehouse" = a."warehouse";
  RETURN NULL;
END
$$;
CREATE TRIGGER "reservation_allocation_holds" AFTER INSERT ON "reservation_allocation" REFERENCING NEW TABLE AS "written"
  FOR EACH STATEMENT EXECUTE FUNCTION "hold_allocated"();

-- Leaving the state "held" is the one way to give back what is held; who is not confirmed also forgets where the pieces would have come from.
CREATE FUNCTION "give_back_allocated"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE "stock" s SET "held" = s."held" - a."quantity" FROM "reservation_allocation" a
    WHERE a."reservation_id" = NEW."id" AND s."sku" = a."sku" AND s."warehouse" = a."warehouse";
  IF NEW."state" <> 'confirmed' THEN
    DELETE FROM "reservation_allocation" WHERE "reservation_id" = NEW."id";
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER "reservation_gives_back" AFTER UPDATE OF "state" ON "reservation" FOR EACH ROW
  WHEN (OLD."state" = 'held' AND NEW."state" <> 'held') EXECUTE FUNCTION "give_back_allocated"();

-- Locks what can be bought of these products, in the order that everybody keeps: SKU, then place of the warehouse. A role that may write no column may
-- lock no row either, hence a function.
CREATE FUNCTION "lock_stock"("skus" TEXT[]) RETURNS TABLE ("sku" TEXT, "warehouse" TEXT, "place" INTEGER, "available" INTEGER)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT s."sku", s."warehouse", w."place", s."on_hand" - s."held" FROM "stock" s JOIN "warehouse" w ON w."code" = s."warehouse"
  WHERE w."sells" AND s."sku" = ANY("skus") ORDER BY s."sku", w."place" FOR UPDATE OF s
$$;

CREATE TABLE "transfer_order" (
  "id" UUID NOT NULL,
  "source" TEXT NOT NULL,
  "destination" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "transfer_order_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "transfer_order_id_fkey" FOREIGN KEY ("id") REFERENCES "stock_document" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "transfer_order_source_fkey" FOREIGN KEY ("source") REFERENCES "warehouse" ("code") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "transfer_order_destination_fkey" FOREIGN KEY ("destination") REFERENCES "warehouse" ("code") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "transfer_order_goes_somewhere" CHECK ("source" <> "destination" AND "source" <> 'transit' AND "destination" <> 'transit'),
  CONSTRAINT "transfer_order_state_known" CHECK ("state" IN ('requested', 'shipped', 'received', 'cancelled'))
);
CREATE TABLE "transfer_line" (
  "transfer_id" UUID NOT NULL,
  "position" INTEGER NOT NULL,
  "sku" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  CONSTRAINT "transfer_line_pkey" PRIMARY KEY ("transfer_id", "position"),
  CONSTRAINT "transfer_line_transfer_id_fkey" FOREIGN KEY ("transfer_id") REFERENCES "transfer_order" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "transfer_line_sku_fkey" FOREIGN KEY ("sku") REFERENCES "product" ("sku") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "transfer_line_quantity_positive" CHECK ("quantity" > 0)
);
CREATE UNIQUE INDEX "transfer_line_transfer_id_sku_key" ON "transfer_line" ("transfer_id", "sku");

REVOKE INSERT ("sku"), UPDATE ("held") ON "stock" FROM "inventory_app";
REVOKE EXECUTE ON FUNCTION "lock_stock"(TEXT[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "lock_stock"(TEXT[]) TO "inventory_app";
GRANT SELECT ON "warehouse" TO "inventory_app";
GRANT SELECT, INSERT ON "stock_document" TO "inventory_app";
GRANT SELECT, INSERT ON "reservation_allocation" TO "inventory_app";
GRANT SELECT, INSERT, UPDATE ("state", "updated_at") ON "transfer_order" TO "inventory_app";
GRANT SELECT, INSERT ON "transfer_line" TO "inventory_app";
