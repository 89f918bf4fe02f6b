/** Between what a person types and what the API takes: one flat form, one `OrderRequest`, errors back at the field that they belong to. */
import {
  declineReasons,
  OrderRequest,
  type Address,
  type CartItem,
  type DeclineReason,
  type FieldError,
  type Money,
} from '@meshmart/contracts'

export const formFields = [
  'email',
  'name',
  'line1',
  'line2',
  'postalCode',
  'city',
  'country',
  'number',
  'expiry',
  'cvc',
] as const
export type FormField = (typeof formFields)[number]
export type CheckoutForm = Record<FormField, string>

/** The form with what the shop knows of whoever is signed in; what has been typed already stays. */
export function knownTo(form: CheckoutForm, email: string, address: Address | undefined): CheckoutForm {
  const { name, line1, line2, postalCode, city, country } = form
  const started = [name, line1, line2, postalCode, city, country].some((text) => text !== '')
  return {
    ...form,
    email: form.email === '' ? email : form.email,
    // Half of one address and half of another is none.
    ...(address !== undefined && !started && linesOf(address)),
  }
}

const linesOf = ({ name, line1, line2 = '', postalCode, city, country }: Address) => ({
  name,
  line1,
  line2,
  postalCode,
  city,
  country,
})

/** Why a field was refused: `wrong` has words of its own for each field; the others are what a bank says of a card that is well-formed. */
export type FieldFault = 'wrong' | DeclineReason
export type FieldFaults = Partial<Record<FormField, FieldFault>>

const paths: Record<FormField, string> = {
  email: 'email',
  name: 'shippingAddress.name',
  line1: 'shippingAddress.line1',
  line2: 'shippingAddress.line2',
  postalCode: 'shippingAddress.postalCode',
  city: 'shippingAddress.city',
  country: 'shippingAddress.country',
  number: 'payment.card.number',
  expiry: 'payment.card.expiry',
  cvc: 'payment.card.cvc',
}

const fieldOf = (path: string): FormField | undefined => formFields.find((field) => paths[field] === path)

/** Builds the order and checks it with the same schema as the server. `total` is what the page says that it costs: whoever sends the form agrees to that and to nothing else. */
export function readForm(
  form: CheckoutForm,
  items: CartItem[],
  total: Money,
): { request: OrderRequest } | { faults: FieldFaults } {
  const { name, line1, postalCode, city, country, number } = form
  const line2 = form.line2.trim()
  const parsed = OrderRequest.safeParse({
    items,
    payment: { card: { number, expiry: form.expiry.trim(), cvc: form.cvc.trim() } },
    shippingAddress: { name, line1, ...(line2 === '' ? {} : { line2 }), postalCode, city, country },
    email: form.email.trim(),
    total,
  })
  if (parsed.success) return { request: parsed.data }
  const faults: FieldFaults = {}
  for (const issue of parsed.error.issues) {
    const field = fieldOf(issue.path.join('.'))
    if (field) faults[field] = 'wrong'
  }
  return { faults }
}

/** Sorts the server's field errors: those of the form go to their fields, the rest is for the summary. */
export function sortFieldErrors(errors: readonly FieldError[]): { faults: FieldFaults; others: FieldError[] } {
  const faults: FieldFaults = {}
  const others: FieldError[] = []
  for (const error of errors) {
    const field = fieldOf(error.field)
    if (field) faults[field] = declineReasons.find((reason) => reason === error.code) ?? 'wrong'
    else others.push(error)
  }
  return { faults, others }
}

/** Which line of the order a field error is about (`items.2.quantity`, `lines.2`); null where it is about none. */
export function lineOf({ field }: FieldError): number | null {
  const line = /^(?:items|lines)\.(\d+)/.exec(field)?.[1]
  return line === undefined ? null : Number(line)
}

/** `4242424242424242` → `4242 4242 4242 4242`, as it stands on the card. */
export const groupCardNumber = (text: string): string => text.replace(/[^\d]/g, '').replace(/(\d{4})(?=\d)/g, '$1 ')

/** `1230` → `12/30`; anything else stays for the schema to judge. */
export const tidyExpiry = (text: string): string => text.trim().replace(/^(\d{2})\s*[/.-]?\s*(\d{2})$/, '$1/$2')
