/** A real Kubernetes cluster, the one that KUBECONFIG names, and in it what a test needs; `remove` takes out again what was put in. */
import { writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { kubeconfigAccess } from '../config/kubernetes/access.ts'
import { ApiError, KubernetesApi, type KubernetesObject } from '../config/kubernetes/api.ts'
import { access, customResourceDefinitions } from '../config/kubernetes/manifests.ts'
import { ISTIO_TYPES, pathOf } from '../config/kubernetes/watched-types.ts'

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly observedGeneration: number
  readonly lastTransitionTime: string
}

const OTHERS: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  ServiceAccount: 'serviceaccounts',
  Service: 'services',
  ConfigMap: 'configmaps',
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
}

export class Cluster {
  readonly api: KubernetesApi
  readonly #created: string[] = []

  constructor(kubeconfig: string) {
    this.api = new KubernetesApi(kubeconfigAccess(kubeconfig))
  }

  /** The cluster that KUBECONFIG names, with Istio's definitions and the rights of the control plane. */
  static async open(namespace: string): Promise<Cluster> {
    const file = process.env['KUBECONFIG']
    if (file === undefined || file === '') {
      throw new Error(
        'KUBECONFIG: is missing: npm run e2e:kube needs a cluster, and the file that says how to reach it as its administrator',
      )
    }
    const cluster = new Cluster(file)
    if ((await cluster.get(`/api/v1/namespaces/${namespace}`)) !== null) {
      throw new Error(
        `there is a namespace ${namespace} in this cluster already: the test would change a mesh that runs`,
      )
    }
    for (const object of [...customResourceDefinitions(), ...access()])
      await cluster.createMissing(object as KubernetesObject)
    await cluster.createMissing({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    for (const type of ISTIO_TYPES) await untilServed(cluster.api, pathOf(type))
    return cluster
  }

  /** Null where it is not there. */
  async get(path: string): Promise<KubernetesObject | null> {
    try {
      return (await this.api.send('GET', path)) as KubernetesObject
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null
      throw error
    }
  }

  async createMissing(object: KubernetesObject): Promise<void> {
    const path = collectionOf(object)
    try {
      await this.api.send('POST', path, {}, object)
      this.#created.push(`${path}/${object.metadata.name}`)
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error
    }
  }

  /** As `kubectl apply --server-side`. */
  async apply(object: KubernetesObject): Promise<KubernetesObject> {
    const query = { fieldManager: 'test', force: 'true' }
    return (await this.api.send(
      'PATCH',
      pathOfObject(object),
      query,
      object,
      'application/apply-patch+yaml',
    )) as KubernetesObject
  }

  async delete(object: KubernetesObject): Promise<void> {
    await this.api.send('DELETE', pathOfObject(object))
  }

  async conditions(object: KubernetesObject): Promise<Record<string, Condition>> {
    const status = (await this.get(pathOfObject(object)))?.['status']
    const { conditions = [] } = (status ?? {}) as { conditions?: Condition[] }
    return Object.fromEntries(conditions.map((each) => [each.type, each]))
  }

  /** A kubeconfig of the control plane's own account. @param server instead of the real one, where something stands between */
  async kubeconfigOfControlPlane(file: string, server: URL): Promise<void> {
    const path = '/api/v1/namespaces/meshmart-system/serviceaccounts/control-plane/token'
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3_600 } }
    const { status } = (await this.api.send('POST', path, {}, request)) as { status: { token: string } }
    const { ca } = kubeconfigAccess(process.env['KUBECONFIG'] ?? '')
    const cluster = {
      server: server.href,
      // Every API server's certificate names this.
      'tls-server-name': 'kubernetes.default.svc',
      ...(ca !== null && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    }
    const config = {
      'current-context': 'test',
      clusters: [{ name: 'test', cluster }],
      users: [{ name: 'test', user: { token: status.token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    }
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
  }

  async remove(): Promise<void> {
    for (const path of this.#created.splice(0).toReversed()) {
      await this.api.send('DELETE', path).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.status === 404)) throw error
      })
    }
    this.api.close()
  }
}

function collectionOf({ apiVersion, kind = '', metadata: { namespace = '' } }: KubernetesObject): string {
  const type = ISTIO_TYPES.find((each) => each.kind === kind)
  if (type !== undefined) return pathOf(type, namespace)
  const plural = OTHERS[kind] ?? ''
  if (plural.startsWith('/')) return plural
  return `${apiVersion === 'v1' ? '/api' : '/apis'}/${apiVersion}/namespaces/${namespace}/${plural}`
}

const pathOfObject = (object: KubernetesObject): string => `${collectionOf(object)}/${object.metadata.name}`

/** A definition is served a moment after it was taken. */
async function untilServed(api: KubernetesApi, path: string): Promise<void> {
  for (let tries = 100; ; tries--) {
    const error = await api.list(path).then(
      () => null,
      (reason: unknown) => reason,
    )
    if (error === null) return
    if (tries === 0) throw error
    await pause(100)
  }
}
