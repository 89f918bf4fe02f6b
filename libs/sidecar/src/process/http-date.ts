/** The `Date` field (RFC 9110, 6.6.1) of answers that the mesh gives itself: made once a second and not once a request. */
let second = 0
let text = ''

/** @param now milliseconds since 1970 */
export function httpDate(now: number): string {
  const current = Math.floor(now / 1000)
  if (current !== second) {
    second = current
    text = new Date(current * 1000).toUTCString()
  }
  return text
}
