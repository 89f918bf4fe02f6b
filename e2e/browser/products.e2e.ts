/**
 * Staff change a product while customers look at it: whoever has it in the cart is told what it costs now, and that it is not sold any more, before they pay; who edits
 * the same product second is told, too; and markup in a name stays text wherever it is shown.
 */
import { ProductEdit, StaffProduct, type Order } from '@meshmart/contracts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { Customer, orderOf, signedInAs } from '../testing/client.ts'
import { seriousFindings } from './axe.ts'
import { openBrowser } from './browser.ts'
import { collectComplaints } from './complaints.ts'
import { fillCheckout } from './fill-checkout.ts'
import { openAs } from './open-as.ts'
import { overflow } from './overflow.ts'

const shop = inject('shop')
const { url } = shop
/** A second or so, on a machine that may be busy. */
const SOON_MS = 5_000
let browser: Browser
let staff: Customer
const contexts: BrowserContext[] = []

beforeAll(async () => {
  browser = await openBrowser()
  staff = await signedInAs('staff', shop)
}, 240_000)
afterAll(async () => {
  await browser?.close()
})

/** What the products were before a test, so that the shop is left as it was found. */
const before = new Map<string, ProductEdit>()
const productPath = (sku: string) => `/api/v1/admin/products/${sku}`
async function productOf(sku: string): Promise<StaffProduct> {
  return StaffProduct.parse((await staff.call('GET', productPath(sku))).body)
}
const editOf = ({ name, description, category, price, reorderPoint, forSale }: StaffProduct): ProductEdit =>
  ProductEdit.parse({ name, description, category, price, reorderPoint, forSale })
async function put(sku: string, edit: ProductEdit): Promise<void> {
  expect((await staff.call('PUT', productPath(sku), edit, { 'if-match': '*' })).status).toBe(200)
}
async function change(sku: string, part: Partial<ProductEdit>): Promise<void> {
  await put(sku, { ...editOf(await productOf(sku)), ...part })
}
async function remember(sku: string): Promise<ProductEdit> {
  const edit = editOf(await productOf(sku))
  before.set(sku, edit)
  return edit
}
beforeEach(() => async () => {
  for (const [sku, edit] of before) await put(sku, edit)
  before.clear()
  for (const context of contexts.splice(0)) await context.close()
})

async function customerPage(): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
  contexts.push(context)
  const page = await context.newPage()
  return { page, complaints: await collectComplaints(page, url) }
}
async function officePage(path: string): Promise<{ page: Page; complaints: string[] }> {
  const { context, page } = await openAs(browser, url, staff, 'en-GB')
  contexts.push(context)
  const complaints = await collectComplaints(page, url)
  await page.goto(url + path)
  return { page, complaints }
}
async function putIntoCart(page: Page, sku: string): Promise<void> {
  await page.goto(`${url}/products/${sku}`)
  await page.getByRole('button', { name: 'Add to cart' }).click()
  await page.getByRole('link', { name: 'View cart' }).waitFor()
}
const save = async (page: Page, fields: Record<string, string>): Promise<void> => {
  for (const [label, value] of Object.entries(fields)) await page.getByRole('textbox', { name: label }).fill(value)
  await page.getByRole('button', { name: 'Save' }).click()
}
const saved = (page: Page) => page.getByRole('status').filter({ hasText: 'Saved.' }).waitFor()
const priceOn = (page: Page, text: string) => page.locator('.product__price').getByText(text, { exact: true })

test('a price that staff change reaches the product’s page and the cart, and is told once more before paying', async () => {
  const sku = 'BOWL-RIPPLE'
  await remember(sku)
  const { page: looking } = await customerPage()
  await looking.goto(`${url}/products/${sku}`)
  await priceOn(looking, '€34.00').waitFor()
  const { page: shopping, complaints } = await customerPage()
  await putIntoCart(shopping, sku)
  await shopping.getByRole('link', { name: 'View cart' }).click()
  await shopping.getByRole('heading', { level: 1, name: 'Your cart' }).waitFor()

  const { page: office, complaints: officeComplaints } = await officePage('/admin/products')
  await office.getByRole('searchbox', { name: 'Find a product' }).fill('ripple bowl')
  await office.getByRole('button', { name: 'Find' }).click()
  await office.getByRole('link', { name: 'Ripple bowl' }).click()
  await save(office, { 'Price in euros': '39.5' })
  await saved(office)
  await office.getByRole('row').filter({ hasText: 'Demo Staff' }).getByText('Price in euros').first().waitFor()

  await priceOn(looking, '€39.50').waitFor({ timeout: SOON_MS })
  const told = shopping.getByRole('alert').filter({ hasText: 'Ripple bowl: now €39.50, it was €34.00.' })
  await told.waitFor({ timeout: SOON_MS })
  expect(await shopping.locator('.sums__total').getByText('€39.50').count()).toBe(1)
  expect(await seriousFindings(shopping)).toEqual([])
  // Also who comes back later is told, until they say that they have seen it.
  await shopping.reload()
  await told.waitFor()
  await shopping.getByRole('button', { name: 'All right' }).click()
  await told.waitFor({ state: 'detached' })

  await shopping.getByRole('link', { name: 'Go to checkout' }).click()
  await fillCheckout(shopping)
  await save(office, { 'Price in euros': '41' })
  await saved(office)
  /** Keys of the orders that were asked for. */
  const asked: string[] = []
  shopping.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/api/v1/orders'))
      asked.push(request.headers()['idempotency-key'] ?? 'none')
  })
  await shopping.getByRole('button', { name: 'Place order' }).click()
  await shopping.getByRole('alert').filter({ hasText: 'Nothing was ordered.' }).waitFor()
  await shopping.getByRole('alert').filter({ hasText: 'Ripple bowl: now €41.00, it was €39.50.' }).waitFor()
  expect(await shopping.locator('.sums__total').getByText('€41.00').count()).toBe(1)
  expect(asked).toEqual([])
  expect(await seriousFindings(shopping)).toEqual([])
  await shopping.setViewportSize({ width: 360, height: 900 })
  expect(await overflow(shopping), 'pixels too wide at 360 px').toBe(0)

  // And in the moment after that look: the order that is on its way says what they have agreed to, and comes to nothing.
  await shopping.route(
    '**/api/v1/orders',
    async (route) => {
      await change(sku, { price: { amount: 4_250, currency: 'EUR' } })
      await route.continue()
    },
    { times: 1 },
  )
  await shopping.getByRole('button', { name: 'Place order' }).click()
  await shopping.getByRole('alert').filter({ hasText: 'Ripple bowl: now €42.50, it was €39.50.' }).waitFor()
  await shopping.getByRole('alert').filter({ hasText: 'Nothing was ordered.' }).waitFor()
  expect(await shopping.locator('.sums__total').getByText('€42.50').count()).toBe(1)
  expect(await seriousFindings(shopping)).toEqual([])

  await shopping.getByRole('button', { name: 'Place order' }).click()
  await shopping.waitForURL(/\/orders\//)
  await shopping.getByRole('status').filter({ hasText: 'Confirmed' }).waitFor()
  expect(new Set(asked).size, 'one key for each try').toBe(2)
  const id = shopping.url().split('/').at(-1)!
  const order = await shopping.evaluate(
    async (path): Promise<unknown> => (await fetch(path)).json(),
    `/api/v1/orders/${id}`,
  )
  expect((order as Order).total).toEqual({ amount: 4_250, currency: 'EUR' })
  expect([...complaints, ...officeComplaints]).toEqual([])
}, 90_000)

test('a product that staff withdraw leaves the shop: its page, the cart and the order say so; it comes back', async () => {
  const [sku, other] = ['CUSHION-ARC', 'NOTEBOOK-FIELD']
  const edit = await remember(sku)
  const { page: looking } = await customerPage()
  await looking.goto(`${url}/products/${sku}`)
  const { page: shopping, complaints } = await customerPage()
  await putIntoCart(shopping, other)
  await putIntoCart(shopping, sku)
  await shopping.getByRole('link', { name: 'View cart' }).click()
  await shopping.getByRole('heading', { level: 2, name: 'Arc cushion' }).waitFor()

  const { page: office } = await officePage(`/admin/products/${sku}`)
  await office.getByRole('combobox', { name: 'In the shop' }).selectOption('Not for sale')
  await save(office, {})
  await saved(office)

  await looking.getByRole('heading', { name: 'This product is not in the shop.' }).waitFor({ timeout: SOON_MS })
  const told = shopping.getByRole('alert').filter({ hasText: 'Arc cushion is no longer sold.' })
  await told.waitFor({ timeout: SOON_MS })
  await shopping.getByRole('link', { name: 'Go to checkout' }).click()
  // The notice stands on the page before, too.
  await shopping.locator('.summary__lines li').first().waitFor()
  await told.waitFor()
  expect(await shopping.locator('.summary__lines li').count()).toBe(1)
  expect(await seriousFindings(shopping)).toEqual([])
  await shopping.getByRole('button', { name: 'All right' }).click()
  await told.waitFor({ state: 'detached' })

  const refused = await new Customer(url).call('POST', '/api/v1/orders', orderOf(sku), {
    'idempotency-key': crypto.randomUUID(),
  })
  expect(refused.body).toMatchObject({ status: 422, code: 'unknown-sku' })
  expect((await new Customer(url).products('?query=arc+cushion')).items.map((each) => each.sku)).not.toContain(sku)
  await office.getByRole('link', { name: 'Products' }).click()
  await office.getByRole('row').filter({ hasText: sku }).getByText('Not for sale').waitFor()
  await office.getByRole('searchbox', { name: 'Find a product' }).fill('arc cushion')
  await office.getByRole('button', { name: 'Find' }).click()
  await office.getByRole('row').filter({ hasText: sku }).getByText('Not for sale').waitFor()

  await put(sku, edit)
  await looking.getByRole('heading', { level: 1, name: 'Arc cushion' }).waitFor({ timeout: SOON_MS })
  // It has left the cart for good: nobody is surprised by it later.
  await shopping.goto(`${url}/cart`)
  await shopping.getByRole('heading', { level: 2, name: 'Field notebook' }).waitFor()
  expect(await shopping.getByRole('heading', { level: 2 }).count()).toBe(1)
  expect(complaints).toEqual([])
}, 90_000)

test('who saves second is told, sees what it is now beside what they had typed, and what the server names stands at its field', async () => {
  const sku = 'CANDLE-TRIO'
  await remember(sku)
  const { page, complaints } = await officePage(`/admin/products/${sku}`)
  const field = (name: string) => page.getByRole('textbox', { name })
  await field('Name, English').waitFor()
  await change(sku, { price: { amount: 2_700, currency: 'EUR' }, name: { en: 'Candle three', 'zh-CN': '三色蜡烛' } })
  await save(page, { 'Price in euros': '28.00', 'Reorder point': '41' })
  await page.getByRole('alert').filter({ hasText: 'Somebody else has changed this product meanwhile.' }).waitFor()
  expect(await field('Name, English').inputValue()).toBe('Candle three')
  expect(await field('Price in euros').inputValue()).toBe('27.00')
  await page.getByText('You had typed: 28.00').waitFor()
  await page.getByText('You had typed: 41').waitFor()
  // Of what they had not touched they are told nothing: it is what it is now.
  expect(await page.getByText('You had typed:').count()).toBe(2)
  await page.getByRole('heading', { level: 1, name: 'Candle three' }).waitFor()
  for (const width of [360, 768, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    expect(await overflow(page), `pixels too wide at ${width} px`).toBe(0)
    expect(await seriousFindings(page), `axe at ${width} px`).toEqual([])
  }
  expect((await productOf(sku)).price.amount).toBe(2_700)

  await save(page, { 'Price in euros': '0' })
  const wrongPrice = page.getByText('Enter a price from 0.01 to 10,000, such as 18.50.')
  await wrongPrice.waitFor()
  const described = await field('Price in euros').getAttribute('aria-describedby')
  expect(await wrongPrice.getAttribute('id')).toBe(described)
  // A server that is stricter than this page.
  const errors = [{ field: 'name.en', code: 'taken', message: 'is taken' }]
  const problem = { type: 'x', title: 'No.', status: 400, code: 'invalid-request', errors }
  await page.route(`**${productPath(sku)}`, (route) =>
    route.request().method() === 'PUT'
      ? route.fulfill({ status: 400, contentType: 'application/problem+json', body: JSON.stringify(problem) })
      : route.continue(),
  )
  await save(page, { 'Price in euros': '28.00' })
  await page.getByText('Enter a name of at most 120 characters.').waitFor()
  expect(await field('Name, English').getAttribute('aria-invalid')).toBe('true')
  await page.unroute(`**${productPath(sku)}`)
  await page.getByRole('button', { name: 'Save' }).click()
  await saved(page)
  expect(await productOf(sku)).toMatchObject({ price: { amount: 2_800 }, name: { en: 'Candle three' } })
  expect(complaints.filter((each) => !each.startsWith('request'))).toEqual([])
}, 60_000)

test('markup in a name and a description is text: in the back office, in the shop, and in a cart', async () => {
  const sku = 'BOARD-OAK'
  const edit = await remember(sku)
  const name = '<b>Oak</b> <script>document.title=1</script>'
  const description = '<img src=x onerror="document.title=1"> and round'
  const { page: shopping, complaints } = await customerPage()
  await putIntoCart(shopping, sku)
  const { page: office, complaints: officeComplaints } = await officePage(`/admin/products/${sku}`)
  await save(office, { 'Name, English': name, 'Description, English': description })
  await saved(office)
  const places: [Page, string][] = [
    [office, `/admin/products/${sku}`],
    [office, '/admin/products?q=oak'],
    [shopping, `/products/${sku}`],
    [shopping, '/?q=oak'],
    [shopping, '/cart'],
    [shopping, '/checkout'],
  ]
  for (const [page, path] of places) {
    await page.goto(url + path)
    await page.getByText(name).first().waitFor()
    expect(await page.locator('main b, main script, main img[src="x"]').count(), path).toBe(0)
    expect(await page.title(), path).not.toBe('1')
  }
  await change(sku, { forSale: false, name: { ...edit.name, en: name } })
  await shopping.goto(`${url}/cart`)
  await shopping.getByRole('alert').filter({ hasText: name }).waitFor()
  expect([...complaints, ...officeComplaints]).toEqual([])
}, 60_000)
