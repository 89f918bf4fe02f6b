import { z } from 'zod'
import type { Language, LocalizedText } from './language.ts'

export const FieldError = z
  .strictObject({
    /** Dotted path of the field, such as `items.0.quantity`; a header or query parameter by its name. */
    field: z.string(),
    code: z.string(),
    message: z.string(),
  })
  .meta({ id: 'FieldError' })
export type FieldError = z.infer<typeof FieldError>

/** RFC 9457 problem details, with our extension members `code`, `errors` and `traceId`. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    code: z.string(),
    errors: z.array(FieldError).optional(),
    traceId: z.string().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>

const entry = (status: number, en: string, zh: string): { status: number; title: LocalizedText } => ({
  status,
  title: { en, 'zh-CN': zh },
})

/** The closed catalogue of problems that the platform answers with. Codes are stable; `type` is `/problems/<code>`. */
export const problemCatalogue = {
  'invalid-request': entry(
    400,
    'The request has a field that is not valid. Nothing was changed.',
    '请求中有字段无效，未做任何更改。',
  ),
  'invalid-json': entry(
    400,
    'The body is not valid JSON. Nothing was changed.',
    '请求正文不是有效的 JSON，未做任何更改。',
  ),
  'not-signed-in': entry(401, 'Sign in first.', '请先登录。'),
  'wrong-credentials': entry(401, 'E-mail or password is wrong.', '邮箱或密码不正确。'),
  'invalid-session': entry(
    401,
    'The session cookie is not one of ours. Sign in again.',
    '会话 Cookie 无效，请重新登录。',
  ),
  'payment-declined': entry(
    402,
    'The card was declined. No money has moved; try another card.',
    '银行卡被拒绝，没有扣款，请换一张卡。',
  ),
  'not-allowed': entry(403, 'You may not do this.', '您无权执行此操作。'),
  'not-found': entry(404, 'There is nothing here.', '这里什么都没有。'),
  'unknown-sku': entry(
    422,
    'A product of the order does not exist. Nothing was ordered.',
    '订单中有不存在的商品，未下单。',
  ),
  'method-not-allowed': entry(405, 'This address does not answer that method.', '该地址不支持此方法。'),
  'sold-out': entry(
    409,
    'Not enough of a product is left. Nothing was ordered and no money has moved.',
    '商品库存不足，未下单，也没有扣款。',
  ),
  'price-changed': entry(
    409,
    'The price has changed. Nothing was ordered and no money has moved.',
    '价格已变动，未下单，也没有扣款。',
  ),
  'not-enough-stock': entry(
    409,
    'A warehouse does not have as much as that free. Nothing was moved.',
    '仓库可用库存不足，未做任何移动。',
  ),
  'feed-refused': entry(
    422,
    'The feed has lines that cannot be taken. Nothing of it was booked.',
    '数据源中有无法接受的行，未记入任何内容。',
  ),
  'idempotency-key-reused': entry(
    422,
    'This Idempotency-Key was used with another body. Nothing was changed.',
    '此 Idempotency-Key 已用于另一个请求正文，未做任何更改。',
  ),
  'request-in-progress': entry(
    409,
    'A request with this Idempotency-Key is still being worked on. Try again in a moment.',
    '相同 Idempotency-Key 的请求仍在处理中，请稍后重试。',
  ),
  'wrong-state': entry(
    409,
    'That is no longer possible in the state this is in. Nothing was changed.',
    '当前状态下已无法执行此操作，未做任何更改。',
  ),
  'limit-reached': entry(
    409,
    'There are as many of these as there may be. Nothing was changed.',
    '数量已达上限，未做任何更改。',
  ),
  'precondition-failed': entry(
    412,
    'This has changed since you read it. Nothing was changed; look at what it is now and try again.',
    '内容在您读取之后已被修改，未做任何更改，请查看最新内容后重试。',
  ),
  'precondition-required': entry(
    428,
    'Say what you have read: this can only be changed with If-Match. Nothing was changed.',
    '请说明您所读取的版本：此内容只能通过 If-Match 修改，未做任何更改。',
  ),
  'capture-exceeds-authorised': entry(
    422,
    'That is more than what was authorised. No money has moved.',
    '金额超过已授权金额，没有资金变动。',
  ),
  'refund-exceeds-captured': entry(
    422,
    'That is more than what was paid and not yet refunded. No money has moved.',
    '金额超过已支付且尚未退款的部分，没有资金变动。',
  ),
  'return-exceeds-kept': entry(
    409,
    'That is more than is left of the order. Nothing was changed; look at what has come back already.',
    '退回数量超过订单中剩余的数量，未做任何更改，请查看已退回的商品。',
  ),
  'wrong-signature': entry(
    401,
    'The signature does not fit, or its time is not now. Nothing was changed.',
    '签名无效或已过期，未做任何更改。',
  ),
  'email-taken': entry(409, 'There is already an account with this e-mail.', '该邮箱已注册。'),
  'revision-conflict': entry(
    409,
    'Somebody else was faster: the configuration is no longer the one that was expected. Nothing was changed.',
    '配置已被他人更改，与预期版本不符，未做任何更改。',
  ),
  'kept-elsewhere': entry(
    409,
    'This is kept elsewhere and can only be read here. Nothing was changed.',
    '此内容由其他系统管理，在此只能查看，未做任何更改。',
  ),
  'configuration-refused': entry(
    422,
    'Something in the configuration is wrong. Nothing was changed; what is running goes on.',
    '配置有误，未做任何更改，当前配置继续运行。',
  ),
  'not-stored': entry(
    507,
    'It could not be stored. Nothing was changed; what is running goes on.',
    '无法保存，未做任何更改，当前配置继续运行。',
  ),
  'not-ready': entry(
    503,
    'This replica is not ready for that yet. Nothing was changed; try again.',
    '该副本尚未就绪，未做任何更改，请重试。',
  ),
  'body-too-large': entry(413, 'The body is too large. Nothing was changed.', '请求正文过大，未做任何更改。'),
  'unsupported-media-type': entry(415, 'Send the body as application/json.', '请以 application/json 发送正文。'),
  'card-expired': entry(
    422,
    'The card has expired. No money has moved; try another card.',
    '银行卡已过期，没有扣款，请换一张卡。',
  ),
  'too-many-requests': entry(429, 'Too many attempts. Wait a moment and try again.', '尝试次数过多，请稍候再试。'),
  'too-busy': entry(
    429,
    'Too many are buying at this moment. Try again soon; the same order is placed only once.',
    '当前购买人数过多，请稍后重试；同一订单只会下单一次。',
  ),
  'internal-error': entry(
    500,
    'Something went wrong on our side. It has been logged under the trace id.',
    '我们这边出了问题，已按跟踪编号记录。',
  ),
  'upstream-unavailable': entry(
    503,
    'A part of the shop cannot be reached right now. Nothing is lost; try again.',
    '商店的一部分暂时无法访问，数据不会丢失，请重试。',
  ),
  'deadline-exceeded': entry(
    504,
    'It took too long. If you were ordering, ask for your orders before you try again.',
    '处理时间过长。如果正在下单，请先查看订单再重试。',
  ),
} as const
export type ProblemCode = keyof typeof problemCatalogue

/** Builds the body of a problem answer in the reader's language. */
export function describeProblem(
  code: ProblemCode,
  language: Language,
  more: { detail?: string; instance?: string; errors?: FieldError[]; traceId?: string } = {},
): Problem {
  const { status, title } = problemCatalogue[code]
  return { type: `/problems/${code}`, title: title[language], status, code, ...more }
}

const fieldMessages: Record<string, LocalizedText> = {
  required: { en: 'is missing', 'zh-CN': '缺失' },
  unknown: { en: 'is not a known field', 'zh-CN': '不是已知字段' },
  type: { en: 'has the wrong type', 'zh-CN': '类型错误' },
  'too-small': { en: 'is too small or too short', 'zh-CN': '过小或过短' },
  'too-big': { en: 'is too large or too long', 'zh-CN': '过大或过长' },
  format: { en: 'has the wrong form', 'zh-CN': '格式错误' },
  choice: { en: 'is not one of the allowed values', 'zh-CN': '不在允许的取值范围内' },
  'card-number': { en: 'is not a card number: its check digit does not fit', 'zh-CN': '不是有效的卡号：校验位不符' },
  'duplicate-sku': { en: 'names the same product twice', 'zh-CN': '同一商品出现了两次' },
  'unknown-sku': { en: 'is no product of this shop', 'zh-CN': '不是本店的商品' },
  'sold-out': { en: 'is more than what is left', 'zh-CN': '超过剩余库存' },
  'price-changed': { en: 'is not what it costs now', 'zh-CN': '与现在的价格不符' },
  'more-than-kept': { en: 'is more than is left of it in the order', 'zh-CN': '超过订单中该商品的剩余数量' },
  'not-in-order': { en: 'is not in this order', 'zh-CN': '不在此订单中' },
  'not-enough-stock': { en: 'is more than what lies free there', 'zh-CN': '超过该处的可用库存' },
  encoding: { en: 'is not UTF-8', 'zh-CN': '不是 UTF-8 编码' },
  'half-line': { en: 'ends in the middle', 'zh-CN': '在中间被截断' },
  columns: { en: 'does not have the columns that it should', 'zh-CN': '列与要求不符' },
  backwards: { en: 'goes back in time', 'zh-CN': '时间倒退' },
  'in-the-future': { en: 'has not happened yet', 'zh-CN': '尚未发生' },
  'card-expired': { en: 'has passed', 'zh-CN': '已过期' },
  'card-declined': { en: 'was declined by the bank', 'zh-CN': '被银行拒绝' },
  'insufficient-funds': { en: 'has not enough cover', 'zh-CN': '余额不足' },
  repeated: { en: 'appears more than once', 'zh-CN': '重复出现' },
  taken: { en: 'is taken already', 'zh-CN': '已被使用' },
  invalid: { en: 'is not valid', 'zh-CN': '无效' },
}

/** The words for a field error's code in the reader's language. */
export const fieldMessage = (code: string, language: Language): string =>
  (fieldMessages[code] ?? fieldMessages['invalid']!)[language]
