-- Stock kept in step with external sales channels. Each movement of theirs is booked once (its own id is the key), each feed is answered once (its version is
-- the key), and what it may sell is published in versions that can be read again.

CREATE TABLE "channel" (
  "name" TEXT NOT NULL,
  "feed_version" INTEGER NOT NULL DEFAULT 0,
  -- Up to here the channel has told everything; never goes back.
  "until" TIMESTAMPTZ(3),
  "published_version" INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT "channel_pkey" PRIMARY KEY ("name")
);
CREATE FUNCTION "channel_goes_forward"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."feed_version" < OLD."feed_version" OR NEW."published_version" < OLD."published_version" OR NEW."until" < OLD."until" THEN
    RAISE EXCEPTION 'channel % goes backwards', NEW."name" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "channel_goes_forward" BEFORE UPDATE ON "channel" FOR EACH ROW EXECUTE FUNCTION "channel_goes_forward"();

CREATE TABLE "channel_feed" (
  "channel" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "document_id" UUID NOT NULL,
  "fingerprint" TEXT NOT NULL,
  -- What it was answered.
  "outcome" JSONB NOT NULL,
  CONSTRAINT "channel_feed_pkey" PRIMARY KEY ("channel", "version"),
  CONSTRAINT "channel_feed_channel_fkey" FOREIGN KEY ("channel") REFERENCES "channel" ("name") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "channel_feed_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "stock_document" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- The channel's word for each of its movements, as it is booked.
CREATE TABLE "channel_movement" (
  "channel" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "sku" TEXT NOT NULL,
  -- Signed: what was sold over there is negative. 0 where it could not be booked, because the goods were gone.
  "quantity" INTEGER NOT NULL,
  "moved_at" TIMESTAMPTZ(3) NOT NULL,
  "feed_version" INTEGER NOT NULL,
  CONSTRAINT "channel_movement_pkey" PRIMARY KEY ("channel", "id"),
  CONSTRAINT "channel_movement_channel_fkey" FOREIGN KEY ("channel") REFERENCES "channel" ("name") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "channel_movement_sku_fkey" FOREIGN KEY ("sku") REFERENCES "product" ("sku") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE TABLE "channel_conflict" (
  "channel" TEXT NOT NULL,
  "feed_version" INTEGER NOT NULL,
  "movement_id" TEXT NOT NULL,
  "sku" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "kept" TEXT NOT NULL,
  "ours" INTEGER,
  "ours_at" TIMESTAMPTZ(3),
  "theirs" INTEGER NOT NULL,
  "theirs_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "channel_conflict_pkey" PRIMARY KEY ("channel", "feed_version", "movement_id"),
  CONSTRAINT "channel_conflict_channel_fkey" FOREIGN KEY ("channel") REFERENCES "channel" ("name") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "channel_conflict_words" CHECK ("reason" IN ('restated', 'short') AND "kept" IN ('ours', 'theirs'))
);

CREATE TABLE "channel_publication" (
  "channel" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "published_at" TIMESTAMPTZ(3) NOT NULL,
  "lines" INTEGER NOT NULL,
  CONSTRAINT "channel_publication_pkey" PRIMARY KEY ("channel", "version"),
  CONSTRAINT "channel_publication_channel_fkey" FOREIGN KEY ("channel") REFERENCES "channel" ("name") ON DELETE RESTRICT ON UPDATE RESTRICT
);
-- What a version changed; what a channel knows of a product is the line of the highest version.
CREATE TABLE "channel_publication_line" (
  "channel" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "sku" TEXT NOT NULL,
  "available" INTEGER NOT NULL,
  CONSTRAINT "channel_publication_line_pkey" PRIMARY KEY ("channel", "version", "sku")
);
CREATE INDEX "channel_publication_line_latest" ON "channel_publication_line" ("channel", "sku", "version" DESC);

GRANT SELECT, INSERT, UPDATE ("feed_version", "until", "published_version") ON "channel" TO "inventory_app";
GRANT SELECT, INSERT ON "channel_feed", "channel_conflict", "channel_publication", "channel_publication_line" TO "inventory_app";
GRANT SELECT, INSERT, UPDATE ("quantity", "moved_at", "feed_version") ON "channel_movement" TO "inventory_app";
