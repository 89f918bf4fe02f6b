/** Who calls, and what its Sidecar lets it see. */
import type { Reader } from '@meshmart/mesh-policy'
import type { PreparedModel } from '../compile/model.ts'
import type { SidecarScope } from '../compile/sidecar-scope.ts'
import { nameOf } from '../resource.ts'
import type { ExplainedMesh, ExplainedService } from './mesh.ts'
import { protocolOf, type Protocol } from './port-protocol.ts'

export interface Caller extends Reader {
  readonly mesh: ExplainedMesh
  readonly model: PreparedModel
  readonly scope: SidecarScope
  /** Its own, where it is known. */
  readonly address: string | null
  concerns(match: { readonly sourceLabels?: Reader['labels']; readonly sourceNamespace?: string }): boolean
}

export function callerOf(
  mesh: ExplainedMesh,
  namespace: string,
  labels: Reader['labels'],
  address: string | null,
): Caller {
  const { model } = mesh
  return {
    mesh,
    model,
    namespace,
    labels,
    locality: '',
    address,
    scope: model.sidecars.scopeOf(namespace, labels),
    concerns: ({ sourceLabels = {}, sourceNamespace }) =>
      (sourceNamespace === undefined || sourceNamespace === namespace) &&
      Object.entries(sourceLabels).every(([name, value]) => labels[name] === value),
  }
}

/** One entry of a Sidecar's `egress`; a single one for all ports where it has none. */
export interface Egress {
  /** Null for every port that no other has. */
  readonly port: { readonly number: number; readonly protocol: Protocol } | null
  readonly bind: string | null
  readonly services: readonly ExplainedService[]
}

export function egressOf({ mesh, model, namespace, scope }: Caller): Egress[] {
  const visible = mesh.services.filter(({ service }) => counts(model, service, namespace))
  const sidecar = scope.source === null ? undefined : model.of('Sidecar').find((each) => nameOf(each) === scope.source)
  const egress = sidecar?.spec.egress ?? []
  if (egress.length === 0) return [{ port: null, bind: null, services: visible }]
  return egress.map(({ port, bind, captureMode }): Egress => {
    const number = port?.number ?? 0
    const seen = visible.filter(({ service }) => {
      const atPort = number === 0 || port?.protocol?.toUpperCase() === 'HTTP_PROXY' || service.ports.includes(number)
      return atPort && scope.sees(service, number)
    })
    const local = captureMode === 'NONE' ? '127.0.0.1' : null
    const written = bind === undefined || bind === '' ? local : bind
    return {
      port: number === 0 ? null : { number, protocol: protocolOf(port?.protocol ?? '') },
      // In the mesh that runs it has no effect, and apply says so.
      bind: mesh.running === null ? written : null,
      services: seen,
    }
  })
}

/** Of several services with the same host one counts for a caller. */
function counts(model: PreparedModel, service: ExplainedService['service'], namespace: string): boolean {
  return model.services.find(service.host, namespace) === service
}
