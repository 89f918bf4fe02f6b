/** Kinds as operators write them: `vs`, `virtualservice`, `VirtualServices`, `VirtualService`. */
import { UsageError } from '../command.ts'

const KINDS: Readonly<Record<string, readonly string[]>> = {
  Gateway: ['gw'],
  VirtualService: ['vs'],
  DestinationRule: ['dr'],
  ServiceEntry: ['se'],
  WorkloadEntry: ['we'],
  Sidecar: [],
  PeerAuthentication: ['pa'],
  RequestAuthentication: ['ra'],
  AuthorizationPolicy: ['ap'],
  Telemetry: [],
  ConfigMap: ['cm'],
}

/** @throws UsageError */
export function kindOf(written: string): string {
  const word = written.toLowerCase()
  for (const [kind, short] of Object.entries(KINDS)) {
    const whole = kind.toLowerCase()
    if ([whole, `${whole}s`, whole.replace(/y$/, 'ies'), ...short].includes(word)) return kind
  }
  throw new UsageError(`${written} is no kind; there are ${Object.keys(KINDS).join(', ')}`)
}

export interface Named {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** `vs orders`, `vs/orders`. @throws UsageError */
export function namedBy(positionals: readonly string[], namespace: string | undefined): Named {
  const [kind, name, ...more] = positionals.length === 1 ? (positionals[0] ?? '').split('/') : positionals
  if (kind === undefined || name === undefined || name === '' || more.length > 0) {
    throw new UsageError('name one resource: KIND NAME, such as vs orders -n meshmart')
  }
  return { kind: kindOf(kind), namespace: namespace ?? 'default', name }
}

export const pathOf = ({ kind, namespace, name }: Named): string =>
  `/v1/config/${kind}/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`
