/** Words of the other language that were left on a page: in its text, its title, or what only a screen reader says. */
import type { Page } from 'playwright-core'

/** On a Chinese page any English word, which unlike an order's number has small letters; on an English page any Chinese character. */
const foreign = { en: /\p{Script=Han}/u, 'zh-CN': /[a-z]{2,}/ }

/**
 * `names` are the same in every language: brands, services, what the customer typed. An element that states a `lang` of its own, as the
 * language switch does, speaks for itself, and code is no language.
 */
export async function foreignWords(
  page: Page,
  language: keyof typeof foreign,
  names: readonly string[],
): Promise<string[]> {
  const said = await page.evaluate(() => {
    const texts = [document.title]
    const walker = document.createTreeWalker(
      document.querySelector('#root')!,
      NodeFilter.SHOW_ELEMENT + NodeFilter.SHOW_TEXT,
    )
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node instanceof Element ? node : node.parentElement
      if (element?.closest('#root [lang], code')) continue
      if (node instanceof Element)
        for (const name of ['aria-label', 'placeholder', 'title', 'alt']) texts.push(node.getAttribute(name) ?? '')
      else texts.push(node.textContent ?? '')
    }
    return texts
  })
  const withoutNames = (text: string): string => names.reduce((rest, name) => rest.replaceAll(name, ''), text)
  return said.filter((text) => foreign[language].test(withoutNames(text)))
}
