import { expect, test } from 'vitest'
import { rbacDeniedDetails, RESPONSE_FLAGS, unknownHostWords } from './response-flags.ts'

test('every flag stands under its own code, with a status that fits and words', () => {
  for (const [code, flag] of Object.entries(RESPONSE_FLAGS)) {
    expect(flag.code).toBe(code)
    expect(flag.status === 0 || (flag.status >= 400 && flag.status < 600)).toBe(true)
    expect(flag.words).toMatch(/\w/)
  }
})

test('a refusal names its policy in one word', () => {
  expect(rbacDeniedDetails('AuthorizationPolicy a/b')).toBe(
    'rbac_access_denied_matched_policy[AuthorizationPolicy_a/b]',
  )
  expect(rbacDeniedDetails(null)).toBe('rbac_access_denied_matched_policy[none]')
})

test('an unknown host is told what to do', () => {
  expect(unknownHostWords('example.com')).toContain('ServiceEntry')
})
