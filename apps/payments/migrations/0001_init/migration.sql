CREATE TYPE "payment_state" AS ENUM ('pending', 'authorised', 'declined', 'captured', 'voided', 'refunded');

CREATE TABLE "payment_intent" (
  "id" UUID PRIMARY KEY,
  "order_id" UUID NOT NULL,
  "amount" BIGINT NOT NULL CHECK ("amount" > 0),
  "currency" CHAR(3) NOT NULL,
  "token" TEXT NOT NULL,
  "state" "payment_state" NOT NULL,
  "decline_reason" TEXT,
  "traceparent" TEXT,
  "next_check_at" TIMESTAMPTZ(3),
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CHECK (("state" = 'pending') = ("next_check_at" IS NOT NULL)),
  CHECK (("state" = 'declined') = ("decline_reason" IS NOT NULL))
);
CREATE INDEX "payment_intent_order_id_idx" ON "payment_intent" ("order_id");
CREATE INDEX "payment_intent_due" ON "payment_intent" ("next_check_at") WHERE "state" = 'pending';
GRANT SELECT, INSERT ON "payment_intent" TO payments_app;
GRANT UPDATE ("state", "decline_reason", "next_check_at", "updated_at") ON "payment_intent" TO payments_app;

CREATE TABLE "payment_transition" (
  "id" BIGSERIAL PRIMARY KEY,
  "intent_id" UUID NOT NULL REFERENCES "payment_intent" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  "state" "payment_state" NOT NULL,
  "cause" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL
);
CREATE INDEX "payment_transition_intent_id_idx" ON "payment_transition" ("intent_id");
GRANT SELECT, INSERT ON "payment_transition" TO payments_app;
GRANT USAGE ON SEQUENCE "payment_transition_id_seq" TO payments_app;

CREATE TABLE "ledger_account" (
  "code" TEXT PRIMARY KEY,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('asset', 'income'))
);
INSERT INTO "ledger_account" VALUES ('acquirer-receivable', 'asset'), ('sales', 'income'), ('refunds', 'income');
GRANT SELECT ON "ledger_account" TO payments_app;

CREATE TABLE "ledger_transaction" (
  "id" UUID PRIMARY KEY,
  "payment_id" UUID NOT NULL REFERENCES "payment_intent" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('capture', 'refund')),
  "posted_at" TIMESTAMPTZ(3) NOT NULL
);
CREATE UNIQUE INDEX "ledger_transaction_payment_id_kind_key" ON "ledger_transaction" ("payment_id", "kind");
GRANT SELECT, INSERT ON "ledger_transaction" TO payments_app;

CREATE TABLE "ledger_entry" (
  "id" BIGSERIAL PRIMARY KEY,
  "transaction_id" UUID NOT NULL REFERENCES "ledger_transaction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  "account" TEXT NOT NULL REFERENCES "ledger_account" ("code") ON DELETE RESTRICT ON UPDATE RESTRICT,
  "amount" BIGINT NOT NULL CHECK ("amount" <> 0),
  "currency" CHAR(3) NOT NULL
);
CREATE INDEX "ledger_entry_transaction_id_idx" ON "ledger_entry" ("transaction_id");
CREATE INDEX "ledger_entry_account_idx" ON "ledger_entry" ("account");
GRANT SELECT, INSERT ON "ledger_entry" TO payments_app;
GRANT USAGE ON SEQUENCE "ledger_entry_id_seq" TO payments_app;

-- A ledger transaction has at least two entries and they sum to zero in each currency. Deferred to the commit, because the entries come one by one.
CREATE FUNCTION "ledger_refuse_unbalanced"(checked UUID) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM "ledger_entry" WHERE "transaction_id" = checked) < 2 THEN
    RAISE EXCEPTION 'ledger transaction % has fewer than two entries', checked USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT FROM "ledger_entry" WHERE "transaction_id" = checked GROUP BY "currency" HAVING sum("amount") <> 0) THEN
    RAISE EXCEPTION 'ledger transaction % does not sum to zero', checked USING ERRCODE = 'check_violation';
  END IF;
END
$$;
CREATE FUNCTION "ledger_check_entry"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "ledger_refuse_unbalanced"(NEW."transaction_id");
  RETURN NULL;
END
$$;
CREATE FUNCTION "ledger_check_transaction"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "ledger_refuse_unbalanced"(NEW."id");
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER "ledger_entry_balanced" AFTER INSERT OR UPDATE ON "ledger_entry"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "ledger_check_entry"();
CREATE CONSTRAINT TRIGGER "ledger_transaction_balanced" AFTER INSERT ON "ledger_transaction"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "ledger_check_transaction"();

-- The demo acquirer's own store.
CREATE TABLE "acquirer_card" (
  "token" TEXT PRIMARY KEY,
  "brand" TEXT NOT NULL,
  "last4" CHAR(4) NOT NULL,
  "expiry" CHAR(5) NOT NULL,
  "behaviour" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL
);
GRANT SELECT, INSERT ON "acquirer_card" TO payments_app;
CREATE TABLE "acquirer_charge" (
  "key" TEXT PRIMARY KEY,
  "token" TEXT NOT NULL,
  "amount" BIGINT NOT NULL,
  "currency" CHAR(3) NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('authorised', 'declined', 'captured', 'voided', 'refunded')),
  "decline_reason" TEXT,
  "updated_at" TIMESTAMPTZ(3) NOT NULL
);
GRANT SELECT, INSERT ON "acquirer_charge" TO payments_app;
GRANT UPDATE ("state", "updated_at") ON "acquirer_charge" TO payments_app;
CREATE TABLE "acquirer_failure" (
  "key" TEXT PRIMARY KEY,
  "failed_at" TIMESTAMPTZ(3) NOT NULL
);
GRANT SELECT, INSERT ON "acquirer_failure" TO payments_app;

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
GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotency_key" TO payments_app;
