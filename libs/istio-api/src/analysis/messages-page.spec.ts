import { expect, test } from 'vitest'
import { messagesPage } from './messages-page.ts'

test('docs/analysis/messages.md says what the catalogue says', async () => {
  await expect(messagesPage()).toMatchFileSnapshot('../../../../docs/analysis/messages.md')
})
