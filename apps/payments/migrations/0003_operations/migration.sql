-- The acquirer is a process with books of its own; what payments asks of it is written down before it is asked. Money moves in parts.

ALTER TABLE "payment_intent"
  ADD "captured_amount" BIGINT NOT NULL DEFAULT 0,
  ADD "refunded_amount" BIGINT NOT NULL DEFAULT 0,
  -- Refunds whose outcome is not known yet.
  ADD "refunding_amount" BIGINT NOT NULL DEFAULT 0,
  -- When the acquirer lets the money go unless it is captured; known once it is authorised.
  ADD "expires_at" TIMESTAMPTZ(3);
UPDATE "payment_intent" SET "captured_amount" = "amount" WHERE "state" IN ('captured', 'refunded');
UPDATE "payment_intent" SET "refunded_amount" = "amount" WHERE "state" = 'refunded';
ALTER TABLE "payment_intent"
  ADD CONSTRAINT "payment_captured_within_authorised" CHECK ("captured_amount" BETWEEN 0 AND "amount"),
  -- Of two refunds that race, this lets one win.
  ADD CONSTRAINT "payment_refunded_within_captured"
    CHECK ("refunded_amount" >= 0 AND "refunding_amount" >= 0 AND "refunded_amount" + "refunding_amount" <= "captured_amount"),
  ADD CONSTRAINT "payment_captured_says_so" CHECK (("state" IN ('captured', 'refunded')) = ("captured_amount" > 0)),
  ADD CONSTRAINT "payment_refunded_says_so"
    CHECK (("state" = 'refunded') = ("captured_amount" > 0 AND "refunded_amount" = "captured_amount"));
CREATE INDEX "payment_intent_expires" ON "payment_intent" ("expires_at") WHERE "state" = 'authorised';
GRANT UPDATE ("captured_amount", "refunded_amount", "refunding_amount", "expires_at") ON "payment_intent" TO payments_app;

-- What is asked of the acquirer. The id is the reference that it knows it by; a row is written before the call and closed by its answer, so that a call whose answer
-- got lost is found again, by whichever replica. Of a claim, the fence counts: who holds an old number writes nothing.
CREATE TABLE "payment_operation" (
  "id" UUID PRIMARY KEY,
  "payment_id" UUID NOT NULL REFERENCES "payment_intent" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('authorise', 'capture', 'void', 'refund', 'inquire')),
  "amount" BIGINT NOT NULL CHECK ("amount" > 0),
  "state" TEXT NOT NULL CHECK ("state" IN ('open', 'done', 'refused')),
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "claimed_by" TEXT,
  "lease_until" TIMESTAMPTZ(3),
  "fence" INTEGER NOT NULL DEFAULT 0,
  "traceparent" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "ended_at" TIMESTAMPTZ(3),
  CONSTRAINT "payment_operation_ended_once" CHECK (("state" = 'open') = ("ended_at" IS NULL)),
  CONSTRAINT "payment_operation_claim_whole" CHECK (("claimed_by" IS NULL) = ("lease_until" IS NULL)),
  CONSTRAINT "payment_operation_claimed_while_open" CHECK ("state" = 'open' OR "claimed_by" IS NULL)
);
CREATE INDEX "payment_operation_due" ON "payment_operation" ("due_at") WHERE "state" = 'open';
CREATE INDEX "payment_operation_payment_id_idx" ON "payment_operation" ("payment_id");
-- A hold is decided once at a time; only refunds may be under way beside each other.
CREATE UNIQUE INDEX "payment_operation_one_decision" ON "payment_operation" ("payment_id")
  WHERE "state" = 'open' AND "kind" IN ('authorise', 'capture', 'void');
CREATE UNIQUE INDEX "payment_operation_one_inquiry" ON "payment_operation" ("payment_id")
  WHERE "state" = 'open' AND "kind" = 'inquire';
GRANT SELECT, INSERT ON "payment_operation" TO payments_app;
GRANT UPDATE ("state", "attempts", "due_at", "claimed_by", "lease_until", "fence", "ended_at") ON "payment_operation" TO payments_app;

-- What was there before: pending payments go on, and each posting has its operation.
INSERT INTO "payment_operation" ("id", "payment_id", "kind", "amount", "state", "traceparent", "created_at")
  SELECT "id", "id", 'authorise', "amount", 'open', "traceparent", "created_at" FROM "payment_intent" WHERE "state" = 'pending';
INSERT INTO "payment_operation" ("id", "payment_id", "kind", "amount", "state", "created_at", "ended_at")
  SELECT t."id", t."payment_id", t."kind", i."amount", 'done', t."posted_at", t."posted_at"
  FROM "ledger_transaction" t JOIN "payment_intent" i ON i."id" = t."payment_id";

-- Each movement of money is posted once: by operation now, because refunds come in parts.
ALTER TABLE "ledger_transaction" ADD "operation_id" UUID REFERENCES "payment_operation" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
UPDATE "ledger_transaction" SET "operation_id" = "id";
ALTER TABLE "ledger_transaction" ALTER "operation_id" SET NOT NULL;
CREATE UNIQUE INDEX "ledger_transaction_operation_id_key" ON "ledger_transaction" ("operation_id");
DROP INDEX "ledger_transaction_payment_id_kind_key";
CREATE INDEX "ledger_transaction_payment_id_idx" ON "ledger_transaction" ("payment_id");
-- A hold is captured once.
CREATE UNIQUE INDEX "ledger_transaction_one_capture" ON "ledger_transaction" ("payment_id") WHERE "kind" = 'capture';

-- When to ask again stands in the operation.
ALTER TABLE "payment_intent" DROP COLUMN "next_check_at";

-- Tokens that the acquirer gave us: what is no such token is refused before anything is stored.
CREATE TABLE "known_token" (
  "token" TEXT PRIMARY KEY,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO "known_token" ("token", "created_at") SELECT "token", "created_at" FROM "acquirer_card";
GRANT SELECT, INSERT ON "known_token" TO payments_app;

-- What the acquirer has told, by the id of the telling: it comes at least once.
CREATE TABLE "webhook_event" (
  "id" UUID PRIMARY KEY,
  "type" TEXT NOT NULL,
  "payment_id" UUID NOT NULL,
  "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX "webhook_event_received_at" ON "webhook_event" ("received_at");
GRANT SELECT, INSERT, DELETE ON "webhook_event" TO payments_app;

-- The demo acquirer's books are its own database's. Here they are nobody's to read any more; the start that brings that database up moves what is in them and drops them.
REVOKE ALL ON "acquirer_card", "acquirer_charge", "acquirer_failure" FROM payments_app;
