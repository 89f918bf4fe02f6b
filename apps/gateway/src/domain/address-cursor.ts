/** Where a page of addresses ended. Opaque to the client, and no secret: whose addresses they are is never read from it. */
import { z } from 'zod'

export type AddressPosition = { createdAt: Date; id: string }

const Cursor = z.tuple([z.iso.datetime(), z.uuid()])

export const cursorAfter = ({ createdAt, id }: AddressPosition): string =>
  Buffer.from(`${createdAt.toISOString()} ${id}`).toString('base64url')

/** Null for a cursor that is none of ours. */
export function positionOf(cursor: string): AddressPosition | null {
  const read = Cursor.safeParse(Buffer.from(cursor, 'base64url').toString('utf8').split(' '))
  return read.success ? { createdAt: new Date(read.data[0]), id: read.data[1] } : null
}
