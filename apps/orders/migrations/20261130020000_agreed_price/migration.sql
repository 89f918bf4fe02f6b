-- What the customer has agreed to pay, where they have said so: the reservation must cost just that, or nothing is ordered.
ALTER TABLE "checkout"
  ADD COLUMN "agreed_amount" BIGINT,
  ADD COLUMN "agreed_currency" CHAR(3),
  ADD CONSTRAINT "checkout_agreed_whole" CHECK (("agreed_amount" IS NULL) = ("agreed_currency" IS NULL));

ALTER TABLE "orders" DROP CONSTRAINT "orders_rejection_known";
ALTER TABLE "orders" ADD CONSTRAINT "orders_rejection_known" CHECK ("rejection" IN
  ('card-declined', 'insufficient-funds', 'card-expired', 'payment-expired', 'sold-out', 'price-changed', 'unknown-sku'));
