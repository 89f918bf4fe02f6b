-- Orders, their history, and the checkout saga. `orders_owner` runs this; `orders_app` gets what it needs table by table.

CREATE TABLE "orders" (
  "id" UUID NOT NULL,
  "customer_id" TEXT NOT NULL,
  "idempotency_key" TEXT NOT NULL,
  "fingerprint" CHAR(64) NOT NULL,
  "state" TEXT NOT NULL,
  "email" TEXT NOT NULL,
  "shipping_address" JSONB NOT NULL,
  "card_brand" TEXT NOT NULL,
  "card_last4" CHAR(4) NOT NULL,
  "total_amount" BIGINT NOT NULL,
  "currency" CHAR(3) NOT NULL,
  "rejection" TEXT,
  "rejection_errors" JSONB NOT NULL DEFAULT '[]',
  "trace_id" CHAR(32) NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "orders_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "orders_state_known" CHECK ("state" IN
    ('received', 'reserved', 'authorised', 'allocated', 'confirmed', 'rejecting', 'rejected', 'cancelling', 'cancelled')),
  CONSTRAINT "orders_rejection_known" CHECK ("rejection" IN
    ('card-declined', 'insufficient-funds', 'card-expired', 'sold-out', 'unknown-sku')),
  CONSTRAINT "orders_rejected_for_a_reason" CHECK ("state" NOT IN ('rejecting', 'rejected') OR "rejection" IS NOT NULL),
  CONSTRAINT "orders_total_not_negative" CHECK ("total_amount" >= 0)
);

CREATE UNIQUE INDEX "orders_customer_id_idempotency_key_key" ON "orders"("customer_id", "idempotency_key");
CREATE INDEX "orders_customer_id_created_at_id_idx" ON "orders"("customer_id", "created_at" DESC, "id" DESC);

CREATE TABLE "order_line" (
  "order_id" UUID NOT NULL,
  "position" INTEGER NOT NULL,
  "sku" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  "name_en" TEXT,
  "name_zh" TEXT,
  "unit_amount" BIGINT,
  CONSTRAINT "order_line_pkey" PRIMARY KEY ("order_id", "position"),
  CONSTRAINT "order_line_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "order_line_quantity_positive" CHECK ("quantity" > 0),
  CONSTRAINT "order_line_price_not_negative" CHECK ("unit_amount" >= 0)
);

CREATE TABLE "order_transition" (
  "order_id" UUID NOT NULL,
  "sequence" INTEGER NOT NULL,
  "state" TEXT NOT NULL,
  "cause" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "order_transition_pkey" PRIMARY KEY ("order_id", "sequence"),
  CONSTRAINT "order_transition_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "checkout" (
  "order_id" UUID NOT NULL,
  "step" TEXT,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "claimed_by" TEXT,
  "lease_until" TIMESTAMPTZ(3),
  "fence" INTEGER NOT NULL DEFAULT 0,
  "finished_at" TIMESTAMPTZ(3),
  "card_token" TEXT NOT NULL,
  "reservation_id" UUID,
  "payment_id" UUID,
  "traceparent" TEXT,
  CONSTRAINT "checkout_pkey" PRIMARY KEY ("order_id"),
  CONSTRAINT "checkout_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "checkout_step_known" CHECK ("step" IN ('reserve', 'authorise', 'allocate', 'capture')),
  CONSTRAINT "checkout_claim_whole" CHECK (("claimed_by" IS NULL) = ("lease_until" IS NULL))
);

-- Workers look for what is due among the few that are not finished.
CREATE INDEX "checkout_due" ON "checkout"("due_at") WHERE "finished_at" IS NULL;

-- Whoever watches an order hears of every transition, and only of those that were committed.
CREATE FUNCTION "announce_order_transition"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('order_changed', NEW."order_id"::text);
  RETURN NULL;
END $$;
CREATE TRIGGER "order_transition_announced" AFTER INSERT ON "order_transition"
  FOR EACH ROW EXECUTE FUNCTION "announce_order_transition"();

GRANT SELECT, INSERT, UPDATE ON "orders", "order_line", "checkout" TO "orders_app";
GRANT SELECT, INSERT ON "order_transition" TO "orders_app";

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
GRANT SELECT, INSERT, UPDATE, DELETE ON "outbox" TO "orders_app";
