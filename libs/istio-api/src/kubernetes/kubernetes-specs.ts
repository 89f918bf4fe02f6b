/** What is read of each kind of Kubernetes object; names and nesting are Kubernetes' own. */
import { fields, integer, integerOrText, keys, list, map, text, truth, type ReadBy } from './field-readers.ts'

const texts = list(text)
const textMap = map(text)
const objectReference = fields({ kind: text, name: text, namespace: text })

const securityContext = fields({ runAsUser: integer })
const container = fields({
  name: text,
  image: text,
  ports: list(fields({ name: text, containerPort: integer, protocol: text })),
  securityContext,
})
const podSpec = fields({
  serviceAccountName: text,
  nodeName: text,
  hostNetwork: truth,
  containers: list(container),
  initContainers: list(container),
  securityContext,
})
const podTemplate = fields({ metadata: fields({ labels: textMap, annotations: textMap }), spec: podSpec })
const workloadSpec = fields({ replicas: integer, selector: fields({ matchLabels: textMap }), template: podTemplate })

/** The part of a document that is read beside its metadata, by kind. */
export const SPECS = {
  Namespace: fields({}),
  Node: fields({}),
  ServiceAccount: fields({}),
  Service: fields({
    spec: fields({
      type: text,
      clusterIP: text,
      clusterIPs: texts,
      externalName: text,
      selector: textMap,
      publishNotReadyAddresses: truth,
      ports: list(
        fields({
          name: text,
          port: integer,
          protocol: text,
          appProtocol: text,
          targetPort: integerOrText,
          nodePort: integer,
        }),
      ),
    }),
  }),
  EndpointSlice: fields({
    addressType: text,
    endpoints: list(
      fields({
        addresses: texts,
        conditions: fields({ ready: truth, serving: truth, terminating: truth }),
        hostname: text,
        nodeName: text,
        zone: text,
        targetRef: objectReference,
      }),
    ),
    ports: list(fields({ name: text, port: integer, protocol: text, appProtocol: text })),
  }),
  Endpoints: fields({
    subsets: list(
      fields({
        addresses: list(fields({ ip: text, hostname: text, nodeName: text, targetRef: objectReference })),
        notReadyAddresses: list(fields({ ip: text, hostname: text, nodeName: text, targetRef: objectReference })),
        ports: list(fields({ name: text, port: integer, protocol: text, appProtocol: text })),
      }),
    ),
  }),
  Pod: fields({
    spec: podSpec,
    status: fields({
      phase: text,
      podIP: text,
      podIPs: list(fields({ ip: text })),
      conditions: list(fields({ type: text, status: text })),
    }),
  }),
  Deployment: fields({ spec: workloadSpec }),
  StatefulSet: fields({ spec: workloadSpec }),
  DaemonSet: fields({ spec: workloadSpec }),
  /** What a Secret holds is never read, only what its entries are called. */
  Secret: fields({ type: text, data: keys, stringData: keys }),
  ConfigMap: fields({ data: textMap }),
  /** Of the Gateway API, for a VirtualService that names it. */
  KubernetesGateway: fields({ spec: fields({ listeners: list(fields({ hostname: text })) }) }),
}

export type KubernetesKind = keyof typeof SPECS
export type KubernetesContent<K extends KubernetesKind> = ReadBy<(typeof SPECS)[K]>
export type ContainerSpec = ReadBy<typeof container>
export type PodSpec = ReadBy<typeof podSpec>

/** `apiVersion kind` → the name of the kind here. */
export const KUBERNETES_KINDS: Readonly<Record<string, KubernetesKind>> = {
  'v1 Namespace': 'Namespace',
  'v1 Node': 'Node',
  'v1 ServiceAccount': 'ServiceAccount',
  'v1 Service': 'Service',
  'v1 Endpoints': 'Endpoints',
  'v1 Pod': 'Pod',
  'v1 Secret': 'Secret',
  'v1 ConfigMap': 'ConfigMap',
  'discovery.k8s.io/v1 EndpointSlice': 'EndpointSlice',
  'apps/v1 Deployment': 'Deployment',
  'apps/v1 StatefulSet': 'StatefulSet',
  'apps/v1 DaemonSet': 'DaemonSet',
  'gateway.networking.k8s.io/v1 Gateway': 'KubernetesGateway',
  'gateway.networking.k8s.io/v1beta1 Gateway': 'KubernetesGateway',
}
/** Kinds without a namespace. */
export const CLUSTER_SCOPED: ReadonlySet<KubernetesKind> = new Set(['Namespace', 'Node'])
