-- Events whose effect is already in this database. Copy into the service's migration, then:
--   GRANT SELECT, INSERT, DELETE ON "inbox" TO <service>_app;
CREATE TABLE "inbox" (
  "event_id" UUID PRIMARY KEY,
  "type" TEXT NOT NULL,
  "handled_at" TIMESTAMPTZ(3) NOT NULL
);
CREATE INDEX "inbox_handled_at" ON "inbox" ("handled_at");
