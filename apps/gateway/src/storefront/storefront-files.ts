/**
 * Which file of the built storefront answers a path. The list is read once at start: what is not in it is not served, whatever the path says, and
 * no request costs a look at the disk to find out that there is nothing.
 */
import { readdirSync } from 'node:fs'
import { relative, join, sep } from 'node:path'

export class StorefrontFiles {
  readonly #files: ReadonlySet<string>

  constructor(folder: string) {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    this.#files = new Set(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')),
    )
  }

  has(file: string): boolean {
    return this.#files.has(file)
  }
}

const PAGE = 'index.html'
const HASHED = 'assets/'

/**
 * @param accept the request's `Accept`: a navigation to a page that only the browser's router knows gets the page, a missing picture does not
 * @returns a path below the storefront's folder, or null where nothing answers
 */
export function storefrontFile(
  files: Pick<StorefrontFiles, 'has'>,
  path: string,
  accept: string | undefined,
): string | null {
  const file = decode(path)?.slice(1)
  if (file === undefined) return null
  if (file !== '' && files.has(file)) return file
  const isNavigation = accept?.includes('text/html') === true && !file.startsWith(HASHED)
  return file === '' || isNavigation ? PAGE : null
}

/** Vite names what is below `assets/` by its content, so it never changes; everything else is asked for again each time. */
export const cacheControlOf = (file: string): string =>
  file.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache'

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    // Not a path that any file can have.
    return undefined
  }
}
