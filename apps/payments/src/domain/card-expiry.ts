/** A card is good through the last day of the month on it, told by UTC. `expiry` is MM/YY. */
export function hasExpired(expiry: string, now: Date): boolean {
  const [month = 0, year = 0] = expiry.split('/').map(Number)
  return now.getTime() >= Date.UTC(2000 + year, month, 1)
}
