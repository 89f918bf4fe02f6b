-- Some pieces of a sale come back, each return by a document of its own. Whatever the service does, never more of them than were sold: of each
-- reservation, in each warehouse, of each product. The service locks the reservation before it books, so that two returns cannot pass each other here.
CREATE FUNCTION "refuse_more_back_than_sold"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT sum("quantity") FROM "stock_movement" WHERE "reservation_id" = NEW."reservation_id" AND "sku" = NEW."sku" AND "warehouse" = NEW."warehouse") > 0 THEN
    RAISE EXCEPTION 'more of % comes back to % than reservation % has sold', NEW."sku", NEW."warehouse", NEW."reservation_id"
      USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_movement_no_more_back_than_sold';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER "stock_movement_no_more_back_than_sold" AFTER INSERT ON "stock_movement" FOR EACH ROW
  WHEN (NEW."kind" = 'returned') EXECUTE FUNCTION "refuse_more_back_than_sold"();
