/** Types what the checkout asks for, with a card that goes through. */
import { testCards } from '@meshmart/contracts'
import type { Page } from 'playwright-core'

export async function fillCheckout(page: Page): Promise<void> {
  const fields = {
    'E-mail': 'ada@example.com',
    'Full name': 'Ada Example',
    'Street and number': '1 Sample Street',
    'Postal code': '10115',
    City: 'Berlin',
    'Card number': testCards.find((card) => card.behaviour === 'approve')!.number,
    'Expiry (MM/YY)': `12/${(new Date().getUTCFullYear() + 3) % 100}`,
    'Security code': '123',
  }
  for (const [label, value] of Object.entries(fields)) await page.getByRole('textbox', { name: label }).fill(value)
  await page.getByRole('combobox', { name: 'Country' }).selectOption('DE')
}
