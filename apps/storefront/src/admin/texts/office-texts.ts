/** The words of the back office in the reader's language, beside those of the shop. */
import type { Language } from '@meshmart/contracts'
import { useLanguage } from '../../texts/language.tsx'
import { en, type OfficeTexts } from './en.ts'
import { zhCN } from './zh-CN.ts'

export const officeCatalogue: Record<Language, OfficeTexts> = { en, 'zh-CN': zhCN }

export function useOfficeTexts() {
  const { language, texts: shop } = useLanguage()
  return { language, office: officeCatalogue[language], shop }
}
