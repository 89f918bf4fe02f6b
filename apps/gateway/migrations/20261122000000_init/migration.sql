-- The gateway's own data: who people are, what is in their carts. Orders, money and stock are elsewhere.

CREATE TABLE "account" (
  "id" UUID NOT NULL,
  "email" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "role" TEXT NOT NULL DEFAULT 'customer',
  "password_hash" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "account_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "account_role_known" CHECK ("role" IN ('customer', 'admin')),
  CONSTRAINT "account_email_lower" CHECK ("email" = lower("email"))
);
CREATE UNIQUE INDEX "account_email_key" ON "account" ("email");

CREATE TABLE "session" (
  "id_hash" BYTEA NOT NULL,
  "guest_id" UUID NOT NULL,
  "account_id" UUID,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "session_pkey" PRIMARY KEY ("id_hash"),
  CONSTRAINT "session_id_is_sha256" CHECK (octet_length("id_hash") = 32),
  CONSTRAINT "session_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "session_expires_at_idx" ON "session" ("expires_at");
CREATE INDEX "session_account_id_idx" ON "session" ("account_id");

CREATE TABLE "guest_claim" (
  "guest_id" UUID NOT NULL,
  "account_id" UUID NOT NULL,
  "claimed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "guest_claim_pkey" PRIMARY KEY ("guest_id"),
  CONSTRAINT "guest_claim_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "guest_claim_account_id_idx" ON "guest_claim" ("account_id");

CREATE TABLE "guest_buyer" (
  "guest_id" UUID NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "guest_buyer_pkey" PRIMARY KEY ("guest_id")
);

CREATE TABLE "cart_line" (
  "customer_id" TEXT NOT NULL,
  "sku" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  "position" INTEGER NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "cart_line_pkey" PRIMARY KEY ("customer_id", "sku"),
  CONSTRAINT "cart_line_quantity" CHECK ("quantity" BETWEEN 1 AND 99),
  CONSTRAINT "cart_line_customer" CHECK ("customer_id" ~ '^(account|guest):[0-9a-f-]{36}$')
);
CREATE INDEX "cart_line_updated_at_idx" ON "cart_line" ("updated_at");

CREATE TABLE "sign_in_attempt" (
  "key_hash" BYTEA NOT NULL,
  "attempts" INTEGER NOT NULL,
  "window_started_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "sign_in_attempt_pkey" PRIMARY KEY ("key_hash")
);
CREATE INDEX "sign_in_attempt_window_started_at_idx" ON "sign_in_attempt" ("window_started_at");

-- Events whose effect is already in this database: libs/service-kit/sql/inbox.sql
CREATE TABLE "inbox" (
  "event_id" UUID PRIMARY KEY,
  "type" TEXT NOT NULL,
  "handled_at" TIMESTAMPTZ(3) NOT NULL
);
CREATE INDEX "inbox_handled_at" ON "inbox" ("handled_at");

GRANT USAGE ON SCHEMA public TO "gateway_app";
GRANT SELECT, INSERT, DELETE ON "inbox" TO "gateway_app";
GRANT SELECT, INSERT ON "account" TO "gateway_app";
GRANT SELECT, INSERT, DELETE ON "session" TO "gateway_app";
GRANT SELECT, INSERT ON "guest_claim", "guest_buyer" TO "gateway_app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "cart_line", "sign_in_attempt" TO "gateway_app";
