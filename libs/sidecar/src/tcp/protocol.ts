/** Istio's explicit protocol selection: the first word of a port's name says what it carries. What is not known as HTTP is carried as it is: that is never wrong. */
const HTTP: ReadonlySet<string> = new Set(['http', 'http2', 'grpc'])

/** @param name Istio's port name, `http`, `tcp-redis` */
export function carriesHttp(name: string): boolean {
  const lower = name.toLowerCase()
  const [word = ''] = lower.split('-')
  // The one protocol whose own name has a dash begins with `grpc` as well.
  return HTTP.has(word)
}
