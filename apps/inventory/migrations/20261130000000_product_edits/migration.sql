-- Staff change what the shop says of a product, what it costs, and whether it is for sale.

-- "version" is what an editor has read: who comes second is told. A product that is withdrawn stays, because orders, movements and returns are of it.
ALTER TABLE "product" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1, ADD COLUMN "withdrawn_at" TIMESTAMPTZ(3),
  ADD CONSTRAINT "product_version_positive" CHECK ("version" > 0);

-- Who changed what. Each edition of a product was made once; what it was before is written beside what it became, because the row itself forgets.
CREATE TABLE "product_edit" (
  "sku" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "actor" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "changes" JSONB NOT NULL,
  CONSTRAINT "product_edit_pkey" PRIMARY KEY ("sku", "version"),
  CONSTRAINT "product_edit_sku_fkey" FOREIGN KEY ("sku") REFERENCES "product" ("sku") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "product_edit_changes_something" CHECK (jsonb_array_length("changes") > 0)
);

-- No edition without somebody who answers for it: the edit is written first.
CREATE FUNCTION "refuse_undocumented_edition"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."version" <> OLD."version" + 1 OR NOT EXISTS (SELECT FROM "product_edit" e WHERE e."sku" = NEW."sku" AND e."version" = NEW."version") THEN
    RAISE EXCEPTION 'edition % of % has no edit', NEW."version", NEW."sku" USING ERRCODE = 'check_violation', CONSTRAINT = 'product_edition_documented';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "product_edition_documented" BEFORE UPDATE ON "product" FOR EACH ROW EXECUTE FUNCTION "refuse_undocumented_edition"();

-- What is not for sale is found by staff alone. The default is what a replica of the version before means, which asks without it.
DROP FUNCTION "search_ranked"(tsquery, tsquery, TEXT, INTEGER);
CREATE FUNCTION "search_ranked"("indexed" tsquery, "all" tsquery, "of_category" TEXT, "most" INTEGER, "withdrawn_too" BOOLEAN DEFAULT FALSE)
RETURNS TABLE ("sku" TEXT, "position" INTEGER, "score" INTEGER)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_indexscan = off SET search_path = pg_catalog, public AS $$
  SELECT p."sku", p."position", round(ts_rank('{0.1, 0.2, 0.4, 1.0}', p."words", "all", 1) * 1000000)::int
  FROM "product" p WHERE p."words" @@ "indexed" AND ts_match_vq(p."words", "all") AND ("of_category" IS NULL OR p."category" = "of_category")
    AND ("withdrawn_too" OR p."withdrawn_at" IS NULL)
  LIMIT "most"
$$;

GRANT UPDATE ("name_en", "name_zh_cn", "description_en", "description_zh_cn", "category", "price_amount", "reorder_point", "version", "withdrawn_at")
  ON "product" TO "inventory_app";
GRANT SELECT, INSERT ON "product_edit" TO "inventory_app";
