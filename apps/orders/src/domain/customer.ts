/** Who orders, as the gateway names them in `x-customer-id`. */
import { z } from 'zod'

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

/** `account:<uuid>` or `guest:<uuid>`. */
export const CustomerId = z.string().regex(new RegExp(`^(account|guest):${uuid}$`))
export type CustomerId = z.infer<typeof CustomerId>
