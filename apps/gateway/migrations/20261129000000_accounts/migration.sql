-- Staff, addresses, and accounts that can be changed and deleted.

ALTER TABLE "account" DROP CONSTRAINT "account_role_known";
ALTER TABLE "account" ADD CONSTRAINT "account_role_known" CHECK ("role" IN ('customer', 'staff', 'admin'));

CREATE TABLE "address" (
  "id" UUID NOT NULL,
  "account_id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "line1" TEXT NOT NULL,
  "line2" TEXT,
  "postal_code" TEXT NOT NULL,
  "city" TEXT NOT NULL,
  "country" CHAR(2) NOT NULL,
  "is_default" BOOLEAN NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "address_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "address_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "address_account_id_created_at_id_idx" ON "address" ("account_id", "created_at", "id");
CREATE UNIQUE INDEX "address_one_default" ON "address" ("account_id") WHERE "is_default";

-- Customers whose personal data in orders is still to be taken out. A row goes when nothing of theirs is left to come.
CREATE TABLE "erasure" (
  "customer_id" TEXT NOT NULL,
  "requested_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "erasure_pkey" PRIMARY KEY ("customer_id"),
  CONSTRAINT "erasure_customer" CHECK ("customer_id" ~ '^(account|guest):[0-9a-f-]{36}$')
);

-- Whether a guest tried to order is told by the session: it is read with it anyway, and a purchase need not write it each time.
ALTER TABLE "session" ADD COLUMN "buyer" BOOLEAN NOT NULL DEFAULT false;
UPDATE "session" SET "buyer" = true FROM "guest_buyer" WHERE "guest_buyer"."guest_id" = "session"."guest_id";
DROP TABLE "guest_buyer";

GRANT UPDATE, DELETE ON "account" TO "gateway_app";
GRANT UPDATE ON "session" TO "gateway_app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "address" TO "gateway_app";
GRANT SELECT, INSERT, DELETE ON "erasure" TO "gateway_app";
