/**
 * What a cluster needs before the control plane may read it, made from the table of what is watched, so that neither can forget the other: the definitions of
 * Istio's resources, where no Istio has brought its own, and exactly the rights that are used. `npm run manifests:kubernetes` writes it to infra/k8s.
 */
import { KINDS, ROOT_NAMESPACE, type IstioKind } from '@meshmart/istio-api'
import { ISTIO_TYPES, MESH_CONFIG, SERVICES, type WatchedType } from './watched-types.ts'

const NAMESPACE = 'meshmart-system'
const ACCOUNT = 'control-plane'
const READER = 'meshmart-configuration'

/** Istio's own abbreviations. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  Gateway: 'gw',
  VirtualService: 'vs',
  DestinationRule: 'dr',
  ServiceEntry: 'se',
  WorkloadEntry: 'we',
  PeerAuthentication: 'pa',
  AuthorizationPolicy: 'ap',
  RequestAuthentication: 'ra',
  Telemetry: 'telemetry',
}

/** What a field means is checked by the control plane, which says more of it than a schema could; the API server only keeps it. */
const ANYTHING = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const SCHEMA = { openAPIV3Schema: { type: 'object', properties: { spec: ANYTHING, status: ANYTHING } } }
const conditionColumn = (name: string, type: string) => ({
  name,
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=="${type}")].status`,
})
const COLUMNS = [
  conditionColumn('Valid', 'PassedValidation'),
  conditionColumn('Reconciled', 'Reconciled'),
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
]

export function customResourceDefinitions(): object[] {
  return ISTIO_TYPES.map(({ kind, group, version, plural }) => {
    const shortName = SHORT_NAMES[kind]
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: {
          kind,
          listKind: `${kind}List`,
          plural,
          singular: kind.toLowerCase(),
          ...(shortName !== undefined && shortName !== kind.toLowerCase() && { shortNames: [shortName] }),
          categories: ['istio-io'],
        },
        // Istio's versions differ by their name alone, and so need no conversion.
        versions: KINDS[kind as IstioKind].versions.map((name) => ({
          name,
          served: true,
          storage: name === version,
          schema: SCHEMA,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
        })),
      },
    }
  })
}

/** Namespaces, the account of the control plane, and its rights. */
export function access(): object[] {
  const byGroup = Map.groupBy(ISTIO_TYPES, ({ group }) => group)
  const subjects = [{ kind: 'ServiceAccount', name: ACCOUNT, namespace: NAMESPACE }]
  const apiGroup = 'rbac.authorization.k8s.io'
  return [
    ...[NAMESPACE, ROOT_NAMESPACE].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT, namespace: NAMESPACE } },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRole',
      metadata: { name: READER },
      rules: [
        ...[...byGroup].flatMap(([group, types]) => [
          rule(
            group,
            types.map(({ plural }) => plural),
            READ,
          ),
          rule(
            group,
            types.map(({ plural }) => `${plural}/status`),
            ['patch'],
          ),
        ]),
        rule(SERVICES.group, [SERVICES.plural], READ),
      ],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: READER },
      roleRef: { apiGroup, kind: 'ClusterRole', name: READER },
      subjects,
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata: { name: READER, namespace: ROOT_NAMESPACE },
      rules: [{ ...rule(MESH_CONFIG.group, [MESH_CONFIG.plural], READ), resourceNames: named(MESH_CONFIG) }],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name: READER, namespace: ROOT_NAMESPACE },
      roleRef: { apiGroup, kind: 'Role', name: READER },
      subjects,
    },
  ]
}

const READ = ['list', 'watch']

const rule = (group: string, resources: readonly string[], verbs: readonly string[]) => ({
  apiGroups: [group],
  resources,
  verbs,
})

const named = ({ only }: WatchedType): string[] => (only === undefined ? [] : [only.name])
