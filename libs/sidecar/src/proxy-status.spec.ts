import { expect, it } from 'vitest'
import { proxyStatus, reportedBy } from './proxy-status.ts'

it.each(['connection_refused', 'connection_terminated'] as const)('says %s, and the caller reads it', (error) => {
  expect(proxyStatus('inventory-1', error)).toBe(`"inventory-1"; error=${error}`)
  expect(reportedBy('inventory-1', proxyStatus('inventory-1', error))).toBe(error)
})

it.each([
  ['nothing', undefined],
  ['another replica, passed on by this one', '"inventory-2"; error=connection_refused'],
  ['an error that says nothing of that', '"inventory-1"; error=http_response_timeout'],
  ['a list', '"other"; error=connection_refused, "inventory-1"; error=connection_refused'],
  ['a part of a value', '"inventory-1"; error=connection_refused; details="x"'],
])('%s is not believed', (_what, field) => {
  expect(reportedBy('inventory-1', field)).toBeNull()
})
