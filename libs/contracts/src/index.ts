/** The one door to every schema that crosses a process boundary: between services, and between gateway and browser. */
export { Money, addMoney, timesMoney, zeroMoney, formatMoney, SHOP_CURRENCY } from './money.ts'
export { LocalizedText, languages, type Language, negotiateLanguage } from './language.ts'
export { problemCatalogue, Problem, FieldError, type ProblemCode, describeProblem, fieldMessage } from './problem.ts'
export { Sku, Quantity, Category, categories, Product, ProductPage, ProductQuery, StockLevel } from './catalogue.ts'
export { Card, testCards, passesLuhn, type TestCard } from './card.ts'
export { Account, Registration, Credentials, Session } from './account.ts'
export { Cart, CartItem, CartLine, CartUpdate } from './cart.ts'
export {
  Address,
  IdempotencyKey,
  Order,
  OrderLine,
  OrderList,
  OrderRequest,
  OrderState,
  OrderTransition,
  orderStates,
  isFinalOrderState,
} from './order.ts'
export { Reservation, ReservationLine, ReservationRequest, ReservationState } from './reservation.ts'
export {
  CardToken,
  DeclineReason,
  PaymentIntent,
  PaymentRequest,
  PaymentState,
  TokenRequest,
  declineReasons,
} from './payment.ts'
export {
  EventEnvelope,
  OrderCancelled,
  OrderConfirmed,
  StockChanged,
  StockLow,
  eventSchemas,
  type EventData,
  type EventType,
} from './events.ts'
export {
  DEAD_LETTER_HEADERS,
  DEAD_LETTERS_STREAM,
  DeadLetter,
  DeadLetterChange,
  DeadLetterList,
  DeadLetterOutcome,
  deadLetterSubject,
} from './dead-letters.ts'
export { Journey, JourneyHop } from './journey.ts'
export { Trace, TraceSpan } from './trace.ts'
export { Health } from './health.ts'
