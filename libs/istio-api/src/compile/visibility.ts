/** `exportTo`: to which namespaces a resource is visible. `*` is everybody, `.` its own namespace, `~` nobody, anything else a namespace by name. */

/** @param written empty or undefined where the resource says nothing; @param fallback the mesh configuration's, where it has one */
export function isVisible(
  owner: string,
  written: readonly string[] | undefined,
  fallback: readonly string[] | undefined,
  namespace: string,
): boolean {
  const exportTo = written !== undefined && written.length > 0 ? written : (fallback ?? EVERYBODY)
  if (exportTo.includes('*')) return true
  if (exportTo.includes('~')) return false
  return exportTo.includes(namespace) || (exportTo.includes('.') && owner === namespace)
}

const EVERYBODY: readonly string[] = ['*']

/** `networking.istio.io/exportTo` of a Kubernetes Service: names with commas between them. */
export function exportToOfAnnotation(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  const names = text.split(',').map((name) => name.trim())
  return names.some((name) => name !== '') ? names.filter((name) => name !== '') : undefined
}
