/**
 * What an e-mail about an order says. It goes to an address and not to a session, so nobody knows the reader's language: it speaks both. There is no name, no
 * address and no card in it: e-mail is a postcard.
 */
import { type EventData, formatMoney, type Language } from '@meshmart/contracts'

export interface Words {
  readonly subject: string
  readonly body: string
}
type Line = EventData<'order.confirmed'>['lines'][number]
type OrderEvent<T extends 'order.confirmed' | 'order.rejected' | 'order.cancelled' | 'order.returned'> = EventData<T>

export const confirmedWords = ({ orderId, total, lines }: OrderEvent<'order.confirmed'>): Words =>
  inBoth('Your order is confirmed', '订单已确认', orderId, {
    en: `Thank you. Your order is confirmed and will be packed now.\n\n${listOf(lines)}\n\nTotal: ${formatMoney(total, 'en')}`,
    'zh-CN': `谢谢惠顾。订单已确认，即将打包发出。\n\n${listOf(lines)}\n\n合计：${formatMoney(total, 'zh-CN')}`,
  })

export const rejectedWords = ({ orderId, cause }: OrderEvent<'order.rejected'>): Words => {
  const why = reasons[cause] ?? reasons['other']!
  return inBoth('Your order could not be completed', '订单未能完成', orderId, {
    en: `${why.en} Nothing was charged; an amount that was held on your card is free again.`,
    'zh-CN': `${why['zh-CN']}未扣款；若卡上曾冻结金额，现已解冻。`,
  })
}

export const cancelledWords = ({ orderId, total, lines }: OrderEvent<'order.cancelled'>): Words =>
  inBoth('Your order is cancelled', '订单已取消', orderId, {
    en: `Your order is cancelled.\n\n${listOf(lines)}\n\nWhat was paid for it goes back to the card that paid: at most ${formatMoney(total, 'en')}. What was only held is free again.`,
    'zh-CN': `订单已取消。\n\n${listOf(lines)}\n\n已付款项将原路退回付款卡，至多 ${formatMoney(total, 'zh-CN')}；仅冻结的金额已解冻。`,
  })

export const returnedWords = ({ orderId, refund, lines }: OrderEvent<'order.returned'>): Words =>
  inBoth('Your refund', '退款通知', orderId, {
    en: `These pieces are back with us:\n\n${listOf(lines)}\n\n${formatMoney(refund, 'en')} goes back to the card that paid.`,
    'zh-CN': `以下商品已退回：\n\n${listOf(lines)}\n\n${formatMoney(refund, 'zh-CN')} 将退回付款卡。`,
  })

/** By the word of the order's history. */
const reasons: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  declined: {
    en: 'The payment was declined, so your order could not be completed.',
    'zh-CN': '付款被拒绝，订单未能完成。',
  },
  'payment-expired': {
    en: 'The payment took too long, so your order could not be completed.',
    'zh-CN': '付款超时，订单未能完成。',
  },
  'sold-out': {
    en: 'Something of your order was sold out, so it could not be completed.',
    'zh-CN': '部分商品已售罄，订单未能完成。',
  },
  'price-changed': {
    en: 'The price had changed before your order was placed, so it could not be completed.',
    'zh-CN': '下单时价格已变动，订单未能完成。',
  },
  other: { en: 'Your order could not be completed.', 'zh-CN': '订单未能完成。' },
}

/** The first eight characters of an id are what people compare. */
function inBoth(en: string, zh: string, orderId: string, text: Readonly<Record<Language, string>>): Words {
  return {
    subject: `${en} · ${zh} (${orderId.slice(0, 8)})`,
    body: `${text.en}\n\nOrder ${orderId}\nYou find it under “My orders”.\n\n———\n\n${text['zh-CN']}\n\n订单 ${orderId}\n请在“我的订单”中查看。\n\nMeshmart\n`,
  }
}

const listOf = (lines: readonly Line[]): string => lines.map(({ sku, quantity }) => `  ${quantity} × ${sku}`).join('\n')
