/**
 * Exact paths and prefixes of a route table as a radix tree, so that a request does not look at every rule. A rule is known by its place in the
 * table; whoever asks gets all candidates of a path and takes the first that fits, so that the order of the table still decides.
 */

/** One node: what leads to it is spelled by the labels above it. Walked by `matchRoute` in place, so that a request allocates nothing. */
export class PathNode {
  readonly label: string
  /** Rules for exactly this path, ascending. */
  readonly exact: number[] = []
  /** Rules for everything that begins so, ascending. */
  readonly prefix: number[] = []
  /** By the code of the first character of the label. */
  readonly children = new Map<number, PathNode>()

  constructor(label: string) {
    this.label = label
  }

  /** Whether its label stands there. Compared by hand: for the few characters of a label that is faster than a call into the engine. */
  labels(path: string, position: number): boolean {
    const { label } = this
    if (position + label.length > path.length) return false
    // The first character led here.
    for (let index = 1; index < label.length; index++)
      if (path.charCodeAt(position + index) !== label.charCodeAt(index)) return false
    return true
  }

  /** To be called in ascending order of `rule`. */
  insert(path: string, kind: 'exact' | 'prefix', rule: number): void {
    if (path === '') {
      this[kind].push(rule)
      return
    }
    const code = path.charCodeAt(0)
    const child = this.children.get(code)
    if (child === undefined) {
      const leaf = new PathNode(path)
      leaf[kind].push(rule)
      this.children.set(code, leaf)
      return
    }
    const shared = commonLength(child.label, path)
    const parent = shared === child.label.length ? child : this.#split(child, shared)
    parent.insert(path.slice(shared), kind, rule)
  }

  /** Puts a node in between, where the label of a child and a new path part. */
  #split(child: PathNode, at: number): PathNode {
    const between = new PathNode(child.label.slice(0, at))
    const rest = new PathNode(child.label.slice(at))
    rest.exact.push(...child.exact)
    rest.prefix.push(...child.prefix)
    for (const [code, grandchild] of child.children) rest.children.set(code, grandchild)
    between.children.set(rest.label.charCodeAt(0), rest)
    this.children.set(between.label.charCodeAt(0), between)
    return between
  }
}

function commonLength(a: string, b: string): number {
  const longest = Math.min(a.length, b.length)
  let length = 0
  while (length < longest && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}
