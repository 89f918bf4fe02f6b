-- E-mails that a transaction decided, waiting for the relay. "due_for" says what each is for (stock-warning/<id>) and makes it one. Copy into the service's
-- migration, then:
--   GRANT SELECT, INSERT, UPDATE ("sent_at", "refused") ON "mail" TO <service>_app;
CREATE TABLE "mail" (
  "id" UUID PRIMARY KEY,
  "due_for" TEXT NOT NULL UNIQUE,
  "recipient" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "body" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "sent_at" TIMESTAMPTZ(3),
  -- What the server said to a recipient that it will never take.
  "refused" TEXT
);
CREATE INDEX "mail_unsent" ON "mail" ("created_at", "id") WHERE "sent_at" IS NULL AND "refused" IS NULL;
