/**
 * Addresses and CIDR blocks, parsed once. An address comes with every request as text; IPv4 is compared as one number without allocating, IPv6
 * goes through ipaddr.js. An IPv4 address that is mapped into IPv6 (`::ffff:10.0.0.1`, what a dual-stack socket reports) counts as IPv4.
 */
import ipaddr from 'ipaddr.js'

export interface IpBlocks {
  contains(address: string): boolean
}

/** How Node writes an IPv4 peer of a dual-stack socket. */
const MAPPED = '::ffff:'

interface Block4 {
  readonly network: number
  readonly size: number
}
type Block6 = readonly [ipaddr.IPv6, number]

/** Why a text is neither an address nor a block, or null where it is one. */
export function ipBlockProblem(text: string): string | null {
  return parseBlock(text) === null ? 'must be an IP address or a CIDR block such as 10.1.0.0/16' : null
}

/** @throws RangeError that names the block which is none */
export function prepareIpBlocks(blocks: readonly string[]): IpBlocks {
  const v4: Block4[] = []
  const v6: Block6[] = []
  for (const text of blocks) {
    const block = parseBlock(text)
    if (block === null) throw new RangeError(`${JSON.stringify(text)} is neither an IP address nor a CIDR block`)
    if ('network' in block) v4.push(block)
    else v6.push(block)
  }
  return new PreparedBlocks(v4, v6)
}

/** How many leading bits a block fixes, for sorting by specificity; an address fixes all of them. */
export function prefixLengthOf(block: string): number {
  const [, bits] = block.split('/')
  return bits === undefined ? 128 : Number(bits)
}

class PreparedBlocks implements IpBlocks {
  readonly #v4: readonly Block4[]
  readonly #v6: readonly Block6[]

  constructor(v4: readonly Block4[], v6: readonly Block6[]) {
    this.#v4 = v4
    this.#v6 = v6
  }

  contains(address: string): boolean {
    const number = parseIpv4(address, address.startsWith(MAPPED) ? MAPPED.length : 0)
    if (number !== -1) return this.#containsV4(number)
    if (!ipaddr.IPv6.isValid(address)) return false
    const parsed = ipaddr.IPv6.parse(address)
    // The other ways to write the same, such as ::ffff:a00:1.
    if (parsed.isIPv4MappedAddress()) return this.#containsV4(parseIpv4(parsed.toIPv4Address().toString()))
    return this.#v6.some(([network, bits]) => parsed.match(network, bits))
  }

  #containsV4(number: number): boolean {
    for (const block of this.#v4) if (number >= block.network && number < block.network + block.size) return true
    return false
  }
}

/** Dotted decimal as one number, -1 where the text is not exactly that; leading zeros are refused, because others read them as octal. */
export function parseIpv4(text: string, start = 0): number {
  let value = 0
  let octet = -1
  let octets = 0
  for (let index = start; index <= text.length; index++) {
    const code = index === text.length ? 0x2e : text.charCodeAt(index)
    if (code === 0x2e) {
      if (octet === -1) return -1
      value = value * 256 + octet
      octet = -1
      octets++
    } else if (code >= 0x30 && code <= 0x39) {
      if (octet === 0) return -1
      octet = octet === -1 ? code - 0x30 : octet * 10 + code - 0x30
      if (octet > 255) return -1
    } else return -1
  }
  return octets === 4 ? value : -1
}

function parseBlock(text: string): Block4 | Block6 | null {
  const slash = text.indexOf('/')
  const address = slash === -1 ? text : text.slice(0, slash)
  const bits = slash === -1 ? null : text.slice(slash + 1)
  if (bits !== null && !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return null
  const number = parseIpv4(address)
  if (number !== -1) {
    const length = bits === null ? 32 : Number(bits)
    if (length > 32) return null
    const size = 2 ** (32 - length)
    return { network: Math.floor(number / size) * size, size }
  }
  if (!address.includes(':') || address.includes('%') || !ipaddr.IPv6.isValid(address)) return null
  const length = bits === null ? 128 : Number(bits)
  return length > 128 ? null : [ipaddr.IPv6.parse(address), length]
}
