-- In a migration of its own: a new value of an enumeration can be used only after it was committed.
ALTER TYPE "payment_state" ADD VALUE 'expired';
