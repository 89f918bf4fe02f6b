-- The acquirer's own books. It is another company: nothing of the shop reads or writes here.

-- What a token stands for, without the card number.
CREATE TABLE "card" (
  "token" TEXT PRIMARY KEY,
  "brand" TEXT NOT NULL,
  "last4" CHAR(4) NOT NULL,
  "expiry" CHAR(5) NOT NULL,
  "behaviour" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL
);
GRANT SELECT, INSERT ON "card" TO acquirer_app;

-- Money that is held on a card, and what became of it.
CREATE TABLE "charge" (
  "reference" UUID PRIMARY KEY,
  "token" TEXT NOT NULL REFERENCES "card" ("token") ON DELETE RESTRICT ON UPDATE RESTRICT,
  "amount" BIGINT NOT NULL CHECK ("amount" > 0),
  "currency" CHAR(3) NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('authorised', 'declined', 'captured', 'voided', 'expired')),
  "decline_reason" TEXT,
  "captured" BIGINT NOT NULL DEFAULT 0,
  "refunded" BIGINT NOT NULL DEFAULT 0,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "charge_captured_within_hold" CHECK ("captured" BETWEEN 0 AND "amount"),
  CONSTRAINT "charge_refunded_within_captured" CHECK ("refunded" BETWEEN 0 AND "captured"),
  CONSTRAINT "charge_captured_says_so" CHECK (("state" = 'captured') = ("captured" > 0)),
  CONSTRAINT "charge_declined_for_a_reason" CHECK (("state" = 'declined') = ("decline_reason" IS NOT NULL))
);
CREATE INDEX "charge_expires" ON "charge" ("expires_at") WHERE "state" = 'authorised';
GRANT SELECT, INSERT ON "charge" TO acquirer_app;
GRANT UPDATE ("state", "captured", "refunded", "updated_at") ON "charge" TO acquirer_app;

-- What was asked of a charge under which reference, and the answer, for ever.
CREATE TABLE "operation" (
  "reference" UUID PRIMARY KEY,
  "charge" UUID NOT NULL REFERENCES "charge" ("reference") ON DELETE RESTRICT ON UPDATE RESTRICT,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('capture', 'void', 'refund')),
  "amount" BIGINT NOT NULL CHECK ("amount" > 0),
  "currency" CHAR(3) NOT NULL,
  "outcome" TEXT NOT NULL CHECK ("outcome" IN ('done', 'refused')),
  "at" TIMESTAMPTZ(3) NOT NULL
);
CREATE INDEX "operation_charge_idx" ON "operation" ("charge");
GRANT SELECT, INSERT ON "operation" TO acquirer_app;

-- Charges that were refused once on purpose: the test card that fails once.
CREATE TABLE "failure" (
  "reference" UUID PRIMARY KEY,
  "at" TIMESTAMPTZ(3) NOT NULL
);
GRANT SELECT, INSERT ON "failure" TO acquirer_app;

-- What the merchant is told, in the transaction that it happened in; sent until it says that it has heard.
CREATE TABLE "webhook" (
  "id" UUID PRIMARY KEY,
  "type" TEXT NOT NULL,
  "charge" UUID NOT NULL REFERENCES "charge" ("reference") ON DELETE RESTRICT ON UPDATE RESTRICT,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "delivered_at" TIMESTAMPTZ(3)
);
CREATE INDEX "webhook_due" ON "webhook" ("due_at") WHERE "delivered_at" IS NULL;
CREATE INDEX "webhook_charge_idx" ON "webhook" ("charge");
GRANT SELECT, INSERT, DELETE ON "webhook" TO acquirer_app;
GRANT UPDATE ("attempts", "due_at", "delivered_at") ON "webhook" TO acquirer_app;
