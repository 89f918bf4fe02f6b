/** The reader's language: chosen once, kept in this browser, told to the document and to every request. */
import { languages, negotiateLanguage, type Language } from '@meshmart/contracts'
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react'
import { en, type Texts } from './en.ts'
import { zhCN } from './zh-CN.ts'

export const catalogue: Record<Language, Texts> = { en, 'zh-CN': zhCN }

const STORAGE_KEY = 'meshmart.language'

/** What the reader chose before; else what the browser asks for. */
export function firstLanguage(stored: string | null, preferred: readonly string[]): Language {
  return languages.find((language) => language === stored) ?? negotiateLanguage(preferred.join(','))
}

/** Requests read it at the moment they leave, outside of React. */
export const currentLanguage = (): Language => negotiateLanguage(document.documentElement.lang)

type LanguageChoice = { language: Language; texts: Texts; choose: (language: Language) => void }

const LanguageContext = createContext<LanguageChoice | null>(null)

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(() => {
    const first = firstLanguage(localStorage.getItem(STORAGE_KEY), navigator.languages)
    document.documentElement.lang = first
    return first
  })
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choice = useMemo(
    () => ({
      language,
      texts: catalogue[language],
      choose: (next: Language) => {
        localStorage.setItem(STORAGE_KEY, next)
        setLanguage(next)
      },
    }),
    [language],
  )
  return <LanguageContext value={choice}>{children}</LanguageContext>
}

export function useLanguage(): LanguageChoice {
  const choice = use(LanguageContext)
  if (choice === null) throw new Error('useLanguage needs a LanguageProvider above it')
  return choice
}

export const useTexts = (): Texts => useLanguage().texts
