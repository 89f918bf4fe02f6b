/** Milliseconds as `toISOString` writes them, which costs more than the rest of a line: most lines share their second with the one before. */

const THOUSANDTHS: readonly string[] = Array.from({ length: 1000 }, (_, index) => `.${String(index).padStart(3, '0')}Z`)

export class LogTime {
  #now = -1
  #text = ''
  #second = -1
  /** Up to the dot of the second that stands above. */
  #secondText = ''

  /** @param now milliseconds since 1970 */
  text(time: number): string {
    const now = Math.floor(time)
    if (now === this.#now) return this.#text
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#secondText = new Date(second * 1000).toISOString().slice(0, -5)
    }
    this.#now = now
    this.#text = this.#secondText + (THOUSANDTHS[now - second * 1000] ?? '')
    return this.#text
  }
}
