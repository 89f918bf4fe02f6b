-- The mail outbox as it is now in libs/service-kit/sql/mail.sql: an e-mail that its server puts off waits by itself and holds up no other; one that was sent is
-- forgotten but for the proof that it was.
ALTER TABLE "mail" ADD COLUMN "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(), ADD COLUMN "attempts" INTEGER NOT NULL DEFAULT 0;
DROP INDEX "mail_unsent";
CREATE INDEX "mail_unsent" ON "mail" ("due_at", "id") WHERE "sent_at" IS NULL AND "refused" IS NULL;
CREATE INDEX "mail_refused" ON "mail" ("created_at") WHERE "refused" IS NOT NULL;
UPDATE "mail" SET "recipient" = '', "subject" = '', "body" = '' WHERE "sent_at" IS NOT NULL;
GRANT UPDATE ("recipient", "subject", "body", "due_at", "attempts") ON "mail" TO "inventory_app";
