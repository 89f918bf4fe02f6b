-- The auditor's verdicts. `npm run audit` looks at all books as their superuser and leaves here what it found; the gateway can show it, and cannot write one.
CREATE TABLE "audit_verdict" (
  "seq" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "started_at" TIMESTAMPTZ(3) NOT NULL,
  "ended_at" TIMESTAMPTZ(3) NOT NULL,
  "rules" INTEGER NOT NULL,
  "orders" BIGINT NOT NULL,
  "violation_count" INTEGER NOT NULL,
  -- The first of them: [{rule, says, id, value}].
  "violations" JSONB NOT NULL,
  CONSTRAINT "audit_verdict_took_time" CHECK ("ended_at" >= "started_at"),
  CONSTRAINT "audit_verdict_looked_at_something" CHECK ("rules" > 0 AND "orders" >= 0),
  CONSTRAINT "audit_verdict_counts" CHECK ("violation_count" >= jsonb_array_length("violations"))
);
GRANT SELECT ON "audit_verdict" TO "gateway_app";
