CREATE TABLE "note" (
  "id" UUID PRIMARY KEY,
  "text" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL
);
GRANT SELECT, INSERT ON "note" TO notes_app;

-- Events that a transaction decided, waiting for the relay. Copy into the service's migration, then:
--   GRANT SELECT, INSERT, UPDATE, DELETE ON "outbox" TO <service>_app;
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
GRANT SELECT, INSERT, UPDATE, DELETE ON "outbox" TO notes_app;

-- Events whose effect is already in this database. Copy into the service's migration, then:
--   GRANT SELECT, INSERT, DELETE ON "inbox" TO <service>_app;
CREATE TABLE "inbox" (
  "event_id" UUID PRIMARY KEY,
  "type" TEXT NOT NULL,
  "handled_at" TIMESTAMPTZ(3) NOT NULL
);
CREATE INDEX "inbox_handled_at" ON "inbox" ("handled_at");
GRANT SELECT, INSERT, DELETE ON "inbox" TO notes_app;

-- One row for each key that a request came with, and what it was answered. Copy into the service's migration, then:
--   GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotency_key" TO <service>_app;
CREATE TABLE "idempotency_key" (
  "scope" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "status" INTEGER,
  "body" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY ("scope", "key")
);
CREATE INDEX "idempotency_key_created_at" ON "idempotency_key" ("created_at");
GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotency_key" TO notes_app;
