-- An attempt whose effect was refused for good, and has to come about all the same: money that the acquirer does not give back.
ALTER TABLE "checkout_attempt"
  DROP CONSTRAINT "checkout_attempt_outcome_known",
  ADD CONSTRAINT "checkout_attempt_outcome_known" CHECK ("outcome" IN ('failed', 'unclear', 'stuck'));
