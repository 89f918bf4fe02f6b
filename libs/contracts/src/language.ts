import { z } from 'zod'

/** The languages that every text of the shop is written in (BCP 47). */
export const languages = ['en', 'zh-CN'] as const
export type Language = (typeof languages)[number]

/** A text in every language of the shop. */
export const LocalizedText = z.strictObject({ en: z.string(), 'zh-CN': z.string() }).meta({ id: 'LocalizedText' })
export type LocalizedText = z.infer<typeof LocalizedText>

/** Chooses the reader's language from an Accept-Language field (RFC 9110, 12.5.4); English where nothing fits. */
export function negotiateLanguage(acceptLanguage: string | undefined): Language {
  const ranges = (acceptLanguage ?? '')
    .split(',')
    .map((item, index) => {
      const [range = '', ...parameters] = item.trim().toLowerCase().split(';')
      const q = parameters.map((parameter) => /^\s*q=([0-9.]+)$/.exec(parameter)?.[1]).find(Boolean)
      return { range: range.trim(), weight: q === undefined ? 1 : Number(q), index }
    })
    .filter(({ range, weight }) => range !== '' && weight > 0)
    .sort((a, b) => b.weight - a.weight || a.index - b.index)
  for (const { range } of ranges) {
    if (range === 'zh' || range.startsWith('zh-')) return 'zh-CN'
    if (range === 'en' || range.startsWith('en-') || range === '*') return 'en'
  }
  return 'en'
}
