-- One row for each key that a request came with, and what it was answered. Copy into the service's migration, then:
--   GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotency_key" TO <service>_app;
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
