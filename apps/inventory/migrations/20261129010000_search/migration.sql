-- Finding products by what somebody types, among a million of them.
--
-- Two structures, because one cannot do both quickly: full text finds the products of a word, and a dictionary of all words in use finds the word that
-- somebody meant. Trigrams are therefore compared with some ten thousand words and never with a million names.

-- A trusted extension: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS "pg_trgm";

-- PostgreSQL's parser knows words by the spaces between them, and Chinese has none: it is cut into single signs and all pairs of neighbours, so that any part
-- of a word of two signs and more is found. The second replacement pairs what the first one parts.
CREATE FUNCTION "searched_han"("text" TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
  regexp_replace("text", '([\u4e00-\u9fff])', ' \1 ', 'g')
  || ' ' || regexp_replace("text", '([\u4e00-\u9fff]{2})', ' \1 ', 'g')
  || ' ' || regexp_replace(regexp_replace("text", '(^|[^\u4e00-\u9fff])[\u4e00-\u9fff]', '\1 ', 'g'), '([\u4e00-\u9fff]{2})', ' \1 ', 'g');

-- Weight A is the name, B the description. Both languages at once: a reader of one may know the word of the other.
CREATE FUNCTION "searched_words"("name_en" TEXT, "name_zh_cn" TEXT, "description_en" TEXT, "description_zh_cn" TEXT)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public RETURN
  setweight(to_tsvector('english'::regconfig, "name_en"), 'A')
  || setweight(to_tsvector('english'::regconfig, "searched_han"("name_zh_cn")), 'A')
  || setweight(to_tsvector('english'::regconfig, "description_en"), 'B')
  || setweight(to_tsvector('english'::regconfig, "searched_han"("description_zh_cn")), 'B');

ALTER TABLE "product" ADD COLUMN "words" tsvector NOT NULL
  GENERATED ALWAYS AS ("searched_words"("name_en", "name_zh_cn", "description_en", "description_zh_cn")) STORED;
-- No pending list: a search must not have to read what the last loads left unsorted.
CREATE INDEX "product_words" ON "product" USING gin ("words") WITH (fastupdate = off);
CREATE INDEX "product_category_position_sku_idx" ON "product" ("category", "position", "sku");

-- Every word that a product has or had, and how many products that are: too many only where products were changed or deleted, which does no harm, because the
-- number decides no more than which way of searching is the quicker one. What has a digit in it is no word that could be mistyped. COLLATE "C", so that a range
-- of the index is a prefix.
CREATE TABLE "search_word" (
  "word" TEXT COLLATE "C" NOT NULL,
  "products" INTEGER NOT NULL,
  CONSTRAINT "search_word_pkey" PRIMARY KEY ("word")
);
CREATE INDEX "search_word_trigrams" ON "search_word" USING gin ("word" gin_trgm_ops);
INSERT INTO "search_word" SELECT "word", count(*) FROM "product", unnest(tsvector_to_array("words")) AS "word" WHERE "word" !~ '[0-9]' GROUP BY "word";

-- Once for each statement, so that a load of a million rows is one insert; in the order of words, so that two loads at once do not die of a deadlock.
CREATE FUNCTION "learn_search_words"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO "search_word" SELECT "word", count(*) FROM "written", unnest(tsvector_to_array("words")) AS "word" WHERE "word" !~ '[0-9]'
    GROUP BY "word" ORDER BY "word" ON CONFLICT ("word") DO UPDATE SET "products" = "search_word"."products" + excluded."products";
  RETURN NULL;
END
$$;
CREATE TRIGGER "product_inserted_words" AFTER INSERT ON "product" REFERENCING NEW TABLE AS "written"
  FOR EACH STATEMENT EXECUTE FUNCTION "learn_search_words"();
CREATE TRIGGER "product_updated_words" AFTER UPDATE ON "product" REFERENCING NEW TABLE AS "written"
  FOR EACH STATEMENT EXECUTE FUNCTION "learn_search_words"();

-- Products that "all" fits. The index is asked for "indexed" alone, the part of it whose words not too many products have, because it reads every product of a
-- word before it gives the first one; ts_match_vq is what @@ calls, and what no index is asked for. With how well each fits: ts_rank of weighted words, divided by
-- the length of the text, in millionths, so that a cursor can name it exactly. Of more than "most" products, those that the table has first are ranked.
CREATE FUNCTION "search_ranked"("indexed" tsquery, "all" tsquery, "of_category" TEXT, "most" INTEGER)
RETURNS TABLE ("sku" TEXT, "position" INTEGER, "score" INTEGER)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_indexscan = off SET search_path = pg_catalog, public AS $$
  SELECT p."sku", p."position", round(ts_rank('{0.1, 0.2, 0.4, 1.0}', p."words", "all", 1) * 1000000)::int
  FROM "product" p WHERE p."words" @@ "indexed" AND ts_match_vq(p."words", "all") AND ("of_category" IS NULL OR p."category" = "of_category")
  LIMIT "most"
$$;

GRANT SELECT ON "search_word" TO "inventory_app";
