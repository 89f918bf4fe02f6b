-- From libs/service-kit/sql/outbox.sql
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
GRANT SELECT, INSERT, UPDATE, DELETE ON "outbox" TO "payments_app";
