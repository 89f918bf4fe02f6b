/** What version 1 of each event promises, as JSON Schema, written down when it was first published. `events.spec.ts` says when something is added here; nothing is ever changed. */
import type { JsonSchema } from './growth.ts'

export const publishedEnvelope: JsonSchema = {
  type: 'object',
  properties: {
    id: {
      type: 'string',
      format: 'uuid',
      pattern:
        '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$',
    },
    version: { type: 'number', const: 1 },
    source: { type: 'string' },
    subject: { type: 'string' },
    time: {
      type: 'string',
      format: 'date-time',
      pattern:
        '^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$',
    },
    traceparent: { type: ['string', 'null'] },
    data: {},
  },
  required: ['id', 'version', 'source', 'subject', 'time', 'traceparent', 'data'],
  additionalProperties: false,
}

export const publishedSchemas: Readonly<Record<string, JsonSchema>> = {
  'order.confirmed': {
    type: 'object',
    properties: {
      orderId: {
        type: 'string',
        format: 'uuid',
        pattern:
          '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$',
      },
      customerId: { type: 'string' },
      total: {
        type: 'object',
        properties: {
          amount: { type: 'integer', minimum: -1000000000000, maximum: 1000000000000 },
          currency: { type: 'string', pattern: '^[A-Z]{3}$' },
        },
        required: ['amount', 'currency'],
        additionalProperties: false,
      },
      email: {
        type: 'string',
        format: 'email',
        pattern:
          "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
      },
      lines: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            sku: { type: 'string', maxLength: 40, pattern: '^[A-Z0-9]{2,8}(-[A-Z0-9]{1,12}){1,4}$' },
            quantity: { type: 'integer', minimum: 1, maximum: 9007199254740991 },
          },
          required: ['sku', 'quantity'],
          additionalProperties: false,
        },
      },
    },
    required: ['orderId', 'customerId', 'total', 'email', 'lines'],
    additionalProperties: false,
  },
  'order.cancelled': {
    type: 'object',
    properties: {
      orderId: {
        type: 'string',
        format: 'uuid',
        pattern:
          '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$',
      },
      customerId: { type: 'string' },
      total: {
        type: 'object',
        properties: {
          amount: { type: 'integer', minimum: -1000000000000, maximum: 1000000000000 },
          currency: { type: 'string', pattern: '^[A-Z]{3}$' },
        },
        required: ['amount', 'currency'],
        additionalProperties: false,
      },
      email: {
        type: 'string',
        format: 'email',
        pattern:
          "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
      },
      lines: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            sku: { type: 'string', maxLength: 40, pattern: '^[A-Z0-9]{2,8}(-[A-Z0-9]{1,12}){1,4}$' },
            quantity: { type: 'integer', minimum: 1, maximum: 9007199254740991 },
          },
          required: ['sku', 'quantity'],
          additionalProperties: false,
        },
      },
      cause: { type: 'string' },
    },
    required: ['orderId', 'customerId', 'total', 'email', 'lines', 'cause'],
    additionalProperties: false,
  },
  'order.returned': {
    type: 'object',
    properties: {
      orderId: {
        type: 'string',
        format: 'uuid',
        pattern:
          '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$',
      },
      returnId: {
        type: 'string',
        format: 'uuid',
        pattern:
          '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$',
      },
      customerId: { type: 'string' },
      refund: {
        type: 'object',
        properties: {
          amount: { type: 'integer', minimum: -1000000000000, maximum: 1000000000000 },
          currency: { type: 'string', pattern: '^[A-Z]{3}$' },
        },
        required: ['amount', 'currency'],
        additionalProperties: false,
      },
      email: {
        type: 'string',
        format: 'email',
        pattern:
          "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
      },
      lines: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            sku: { type: 'string', maxLength: 40, pattern: '^[A-Z0-9]{2,8}(-[A-Z0-9]{1,12}){1,4}$' },
            quantity: { type: 'integer', minimum: 1, maximum: 9007199254740991 },
          },
          required: ['sku', 'quantity'],
          additionalProperties: false,
        },
      },
    },
    required: ['orderId', 'returnId', 'customerId', 'refund', 'email', 'lines'],
    additionalProperties: false,
  },
  'payment.expired': {
    type: 'object',
    properties: {
      paymentId: {
        type: 'string',
        format: 'uuid',
        pattern:
          '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$',
      },
      orderId: {
        type: 'string',
        format: 'uuid',
        pattern:
          '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$',
      },
      amount: {
        type: 'object',
        properties: {
          amount: { type: 'integer', minimum: -1000000000000, maximum: 1000000000000 },
          currency: { type: 'string', pattern: '^[A-Z]{3}$' },
        },
        required: ['amount', 'currency'],
        additionalProperties: false,
      },
    },
    required: ['paymentId', 'orderId', 'amount'],
    additionalProperties: false,
  },
  'order.rejected': {
    type: 'object',
    properties: {
      orderId: {
        type: 'string',
        format: 'uuid',
        pattern:
          '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$',
      },
      customerId: { type: 'string' },
      email: {
        type: 'string',
        format: 'email',
        pattern:
          "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
      },
      cause: { type: 'string' },
    },
    required: ['orderId', 'customerId', 'email', 'cause'],
    additionalProperties: false,
  },
  'product.changed': {
    type: 'object',
    properties: {
      sku: { type: 'string', maxLength: 40, pattern: '^[A-Z0-9]{2,8}(-[A-Z0-9]{1,12}){1,4}$' },
      version: { type: 'integer', minimum: 1, maximum: 9007199254740991 },
      price: {
        type: 'object',
        properties: {
          amount: { type: 'integer', minimum: -1000000000000, maximum: 1000000000000 },
          currency: { type: 'string', pattern: '^[A-Z]{3}$' },
        },
        required: ['amount', 'currency'],
        additionalProperties: false,
      },
      forSale: { type: 'boolean' },
    },
    required: ['sku', 'version', 'price', 'forSale'],
    additionalProperties: false,
  },
  'stock.changed': {
    type: 'object',
    properties: {
      sku: { type: 'string', maxLength: 40, pattern: '^[A-Z0-9]{2,8}(-[A-Z0-9]{1,12}){1,4}$' },
      available: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      change: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      cause: { type: 'string' },
    },
    required: ['sku', 'available', 'change', 'cause'],
    additionalProperties: false,
  },
  'stock.low': {
    type: 'object',
    properties: {
      sku: { type: 'string', maxLength: 40, pattern: '^[A-Z0-9]{2,8}(-[A-Z0-9]{1,12}){1,4}$' },
      available: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      reorderPoint: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
    },
    required: ['sku', 'available', 'reorderPoint'],
    additionalProperties: false,
  },
  'stock.runs-out': {
    type: 'object',
    properties: {
      sku: { type: 'string', maxLength: 40, pattern: '^[A-Z0-9]{2,8}(-[A-Z0-9]{1,12}){1,4}$' },
      available: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      soldOutAt: {
        type: 'string',
        format: 'date-time',
        pattern:
          '^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$',
      },
    },
    required: ['sku', 'available', 'soldOutAt'],
    additionalProperties: false,
  },
}
