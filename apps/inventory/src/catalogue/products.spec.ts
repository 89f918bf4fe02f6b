import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { categories, Product, SHOP_CURRENCY, Sku } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { stockLevel } from '../domain/stock-level.ts'
import { catalogueProducts, pictureOf } from './products.ts'

const publicFolder = fileURLToPath(new URL('../../../storefront/public', import.meta.url))
const hasChinese = /\p{Script=Han}/u
const asProduct = (product: (typeof catalogueProducts)[number]): Product => ({
  sku: product.sku,
  name: product.name,
  description: product.description,
  category: product.category,
  price: { amount: product.price, currency: SHOP_CURRENCY },
  picture: pictureOf(product.sku),
  stock: {
    available: product.openingStock,
    level: stockLevel(product.openingStock, product.reorderPoint),
  },
})

describe('the catalogue', () => {
  it('has at least 24 products, each once, in all categories', () => {
    expect(catalogueProducts.length).toBeGreaterThanOrEqual(24)
    expect(new Set(catalogueProducts.map(({ sku }) => sku)).size).toBe(catalogueProducts.length)
    expect(new Set(catalogueProducts.map(({ category }) => category))).toEqual(new Set(categories))
  })

  it('shows every stock level on the first day', () => {
    const levels = catalogueProducts.map((product) => asProduct(product).stock.level)
    expect(new Set(levels)).toEqual(new Set(['in-stock', 'few-left', 'sold-out']))
  })

  it('has no picture that belongs to no product', () => {
    const wanted = catalogueProducts.map(({ sku }) => pictureOf(sku).slice('/products/'.length))
    expect(readdirSync(`${publicFolder}/products`).sort()).toEqual(wanted.sort())
  })

  describe.each(catalogueProducts)('$sku', (product) => {
    it('is what the contract calls a product', () => {
      expect(Sku.safeParse(product.sku).success).toBe(true)
      expect(Product.safeParse(asProduct(product)).error).toBeUndefined()
      expect(product.price).toBeGreaterThan(0)
    })

    it('is written in both languages', () => {
      for (const text of [product.name, product.description]) {
        expect(text.en).toMatch(/^[A-Z]/)
        expect(text.en).not.toMatch(hasChinese)
        expect(text['zh-CN']).toMatch(hasChinese)
      }
    })

    it('has a picture of at most 4 KB', () => {
      expect(statSync(`${publicFolder}${pictureOf(product.sku)}`).size).toBeLessThanOrEqual(4096)
    })
  })
})
