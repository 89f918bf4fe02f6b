/** Whoever writes a card number into an address has told it to everybody on the way but not to our logs and traces: they keep the last four digits. */

const LONG_RUN = /[0-9]{12}/
const EVERY_RUN = /[0-9]{12,}/g
const SHORTEST_CARD = 12
const LONGEST_CARD = 19

/** Runs of 12 to 19 digits whose check digit fits (ISO/IEC 7812-1) are masked as `[card …1234]`. */
export function withoutCardNumbers(text: string): string {
  // Nearly no path has twelve digits in a row.
  if (text.length < SHORTEST_CARD) return text
  return LONG_RUN.test(text) ? text.replace(EVERY_RUN, mask) : text
}

function mask(run: string): string {
  return run.length <= LONGEST_CARD && passesLuhn(run) ? `[card …${run.slice(-4)}]` : run
}

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const doubled = index % 2 === 0 ? digit : digit * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
