-- E-mails about orders. From libs/service-kit/sql/mail.sql.
CREATE TABLE "mail" (
  "id" UUID PRIMARY KEY,
  "due_for" TEXT NOT NULL UNIQUE,
  "recipient" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "body" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  -- When it is tried next.
  "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  -- How often the server has put it off.
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "sent_at" TIMESTAMPTZ(3),
  -- What the server said to a recipient that it will never take.
  "refused" TEXT
);
CREATE INDEX "mail_unsent" ON "mail" ("due_at", "id") WHERE "sent_at" IS NULL AND "refused" IS NULL;
CREATE INDEX "mail_refused" ON "mail" ("created_at") WHERE "refused" IS NOT NULL;
GRANT SELECT, INSERT, UPDATE ("recipient", "subject", "body", "due_at", "attempts", "sent_at", "refused") ON "mail" TO "gateway_app";
