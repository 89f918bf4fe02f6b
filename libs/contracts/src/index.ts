/** The one door to every schema that crosses a process boundary: between services, and between gateway and browser. */
export { Money, addMoney, timesMoney, zeroMoney, formatMoney, SHOP_CURRENCY } from './money.ts'
export { LocalizedText, languages, type Language, negotiateLanguage } from './language.ts'
export { problemCatalogue, Problem, FieldError, type ProblemCode, describeProblem, fieldMessage } from './problem.ts'
export { Sku, Quantity, Category, categories, Product, ProductPage, ProductQuery, StockLevel } from './catalogue.ts'
export { Card, cardHasExpired, testCards, passesLuhn, type TestCard } from './card.ts'
export {
  Account,
  AccountDeletion,
  Credentials,
  PasswordChange,
  ProfileUpdate,
  Registration,
  Role,
  roles,
  Session,
} from './account.ts'
export { AccountExport } from './account-export.ts'
export { AddressEntry, AddressPage, MOST_ADDRESSES, SavedAddress } from './saved-address.ts'
export { Cart, CartItem, CartLine, CartUpdate, GoneLine } from './cart.ts'
export {
  Address,
  Erased,
  IdempotencyKey,
  Order,
  OrderLine,
  OrderList,
  OrderRequest,
  OrderReturn,
  OrderState,
  OrderTransition,
  ReturnRequest,
  ReturnState,
  orderStates,
  returnStates,
  isFinalOrderState,
  isSettledOrder,
} from './order.ts'
export {
  Reservation,
  ReservationEnd,
  ReservationLine,
  ReservationRequest,
  ReservationReturn,
  ReservationState,
} from './reservation.ts'
export {
  movementKinds,
  PieceCount,
  SellingWarehouse,
  sellingWarehouses,
  StaffId,
  StockInPlace,
  StockMovement,
  StockMovementPage,
  StockOfProduct,
  Transfer,
  TransferList,
  TransferRequest,
  TransferState,
  Warehouse,
} from './stock.ts'
export {
  ChannelConflict,
  ChannelConflictList,
  ChannelFeed,
  ChannelFeedOutcome,
  ChannelMovement,
  ChannelName,
  ChannelPublication,
  ChannelPublicationPage,
} from './channel.ts'
export {
  Replenishment,
  ReplenishmentList,
  ReplenishmentRequest,
  ReplenishmentState,
  StockTake,
  StockTakeRequest,
  StockWarning,
  StockWarningList,
} from './supply.ts'
export {
  CardToken,
  DeclineReason,
  PaymentIntent,
  PaymentOperationRequest,
  PaymentRequest,
  PaymentState,
  TokenRequest,
  declineReasons,
} from './payment.ts'
export {
  EventEnvelope,
  OrderCancelled,
  OrderConfirmed,
  OrderRejected,
  OrderReturned,
  PaymentExpired,
  ProductChanged,
  StockChanged,
  StockLow,
  StockRunsOut,
  eventSchemas,
  type EventData,
  type EventType,
} from './events.ts'
export {
  ACQUIRER_HOST,
  ACQUIRER_SIGNATURE_HEADER,
  AcquirerEvent,
  Charge,
  ChargeOperation,
  ChargeOperationKind,
  ChargeOperationRequest,
  ChargeRequest,
  ChargeState,
  acquirerEventTypes,
} from './acquirer.ts'
export {
  DEAD_LETTER_HEADERS,
  DEAD_LETTERS_STREAM,
  DISCARD_HEADERS,
  DISCARDED_STREAM,
  DeadLetter,
  DeadLetterChange,
  DeadLetterList,
  DeadLetterOutcome,
  DiscardedLetter,
  DiscardedList,
  deadLetterSubject,
  discardedSubject,
} from './dead-letters.ts'
export {
  AuditVerdict,
  LastAudit,
  MOST_BUCKETS,
  SagaPosition,
  ShopFigures,
  StaffAction,
  StaffName,
  StaffOrder,
  StaffOrderFilter,
  StaffOrderList,
  StaffOrderRow,
  StoredStaffOrder,
  UnsettledAttempts,
} from './back-office.ts'
export {
  editedFields,
  EditedField,
  EditOfProduct,
  MOST_PRICE,
  ProductEdit,
  StaffProduct,
  StaffProductPage,
  StaffProductRow,
  StoredStaffProduct,
} from './staff-product.ts'
export { Journey, JourneyHop } from './journey.ts'
export { EventLogPage, EventReader, LoggedEvent } from './event-log.ts'
export { MOST_FOLLOWED, StockNow } from './live-stock.ts'
export { MAILBOX_HOST, MailboxDetail, MailboxEntry, MailboxIds, MailboxPage } from './mailbox.ts'
export { Trace, TraceSpan } from './trace.ts'
export { Health } from './health.ts'
export {
  AllowedAgain,
  AuditEntry,
  CertificateRecord,
  ConfigurationChange,
  ConfigurationHistory,
  ConfigurationProblem,
  ConfigurationRefusal,
  ConfigurationRevision,
  Denial,
  DenialList,
  Proxies,
  ProxyStatus,
  ResourceChange,
  ResourceDocument,
  RevisionChanges,
  Rollout,
  RunningEndpoint,
  RunningMesh,
  RunningService,
  SnapshotStatus,
  SourcedResource,
  SourcedResources,
} from './control-plane.ts'
