import { MAILBOX_HOST } from '@meshmart/contracts'

/** The mesh's names of the services behind the gateway, and of the demo's mailbox outside of it. Tests put real servers on loopback in their place. */
export const UPSTREAMS = Symbol('upstreams')

export type Upstreams = {
  readonly inventory: string
  readonly orders: string
  readonly controlPlane: string
  readonly mailbox: string
}

export const upstreams: Upstreams = {
  inventory: 'http://inventory',
  orders: 'http://orders',
  controlPlane: 'http://control-plane.meshmart-system',
  mailbox: `http://${MAILBOX_HOST}`,
}
