-- What staff look at and do: finding orders, seeing what attempts came to, and who asked for what.

-- `state` is in none of them: an index on what every transition changes would cost each of them a HOT update.
CREATE INDEX "orders_created_at_id_idx" ON "orders" ("created_at" DESC, "id" DESC);
CREATE INDEX "orders_email_found" ON "orders" (lower("email"), "created_at" DESC, "id" DESC);
-- The part of an order's id that customers say on the telephone.
CREATE INDEX "orders_short_id_found" ON "orders" (right("id"::text, 6));

-- Attempts at a step that settled nothing. Those of one kind are one row, so that an outage of hours does not fill the disk.
CREATE TABLE "checkout_attempt" (
  "order_id" UUID NOT NULL,
  "state" TEXT NOT NULL,
  -- Empty where no step could have had an effect.
  "step" TEXT NOT NULL,
  "outcome" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "times" INTEGER NOT NULL DEFAULT 1,
  "first_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "checkout_attempt_pkey" PRIMARY KEY ("order_id", "state", "step", "outcome", "reason"),
  CONSTRAINT "checkout_attempt_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "checkout_attempt_outcome_known" CHECK ("outcome" IN ('failed', 'unclear')),
  CONSTRAINT "checkout_attempt_reason_short" CHECK (length("reason") <= 300)
);

-- Insert-only: what somebody of the staff asked for.
CREATE TABLE "staff_action" (
  "seq" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "order_id" UUID NOT NULL,
  "action" TEXT NOT NULL,
  "actor" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "staff_action_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "staff_action_known" CHECK ("action" IN ('cancel', 'retry', 'return')),
  CONSTRAINT "staff_action_actor" CHECK ("actor" ~ '^account:[0-9a-f-]{36}$')
);
CREATE INDEX "staff_action_of_order" ON "staff_action" ("order_id", "seq");

GRANT SELECT, INSERT, UPDATE ON "checkout_attempt" TO "orders_app";
GRANT SELECT, INSERT ON "staff_action" TO "orders_app";
