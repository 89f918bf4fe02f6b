/** Where the focus is, and whether a person can see that it is there. */
import type { Page } from 'playwright-core'

export interface FocusStop {
  /** For messages: the tag and the beginning of what it says. */
  readonly name: string
  /** An outline that is neither transparent nor outside the window, around the element or the card or label that stands for it. */
  readonly visible: boolean
  /** The landmark that holds it, such as `main` or `header`. */
  readonly landmark: string | null
}

export async function focusStop(page: Page): Promise<FocusStop> {
  return await page.evaluate(() => {
    const focused = document.activeElement ?? document.body
    const outlined = (element: Element): boolean => {
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element)
      const { top, bottom, left, right } = element.getBoundingClientRect()
      const inWindow = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth && right > left && bottom > top
      const opaque = !/^rgba\(.*, 0\)$/.test(outlineColor)
      return inWindow && opaque && outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
    }
    const standsFor = focused.closest('li, label, search')
    return {
      name: `${focused.tagName.toLowerCase()} ${(focused.getAttribute('aria-label') ?? focused.textContent ?? '').slice(0, 40)}`,
      visible: focused !== document.body && (outlined(focused) || (standsFor !== null && outlined(standsFor))),
      landmark: focused.closest('header, main, footer')?.tagName.toLowerCase() ?? null,
    }
  })
}
