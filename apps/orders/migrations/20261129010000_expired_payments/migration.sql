-- An order whose payment ran out is turned down for that reason, and hears of it by an event.
ALTER TABLE "orders" DROP CONSTRAINT "orders_rejection_known";
ALTER TABLE "orders" ADD CONSTRAINT "orders_rejection_known" CHECK ("rejection" IN
  ('card-declined', 'insufficient-funds', 'card-expired', 'payment-expired', 'sold-out', 'unknown-sku'));

-- From libs/service-kit/sql/inbox.sql
CREATE TABLE "inbox" (
  "event_id" UUID PRIMARY KEY,
  "type" TEXT NOT NULL,
  "handled_at" TIMESTAMPTZ(3) NOT NULL
);
CREATE INDEX "inbox_handled_at" ON "inbox" ("handled_at");
GRANT SELECT, INSERT, DELETE ON "inbox" TO "orders_app";
