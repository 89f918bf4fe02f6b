import { expect, test } from 'vitest'
import { ofKubernetesKind } from './kubernetes-object.ts'
import { readMesh } from './read-mesh.ts'

const EVERYTHING = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop, annotations: {networking.istio.io/exportTo: "."}}
spec:
  clusterIP: 10.0.0.1
  selector: {app: reviews}
  ports:
    - {name: http, port: 9080, targetPort: web, appProtocol: http, unread: 1}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: reviews-1, namespace: shop, labels: {kubernetes.io/service-name: reviews}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}, zone: a}]
ports: [{name: http, port: 9080}]
---
apiVersion: v1
kind: Pod
metadata: {name: reviews-v1, namespace: shop, labels: {app: reviews}, creationTimestamp: 2026-01-01T00:00:00Z}
spec: {serviceAccountName: reviews, containers: [{name: web, ports: [{name: web, containerPort: 9080}]}]}
status: {podIP: 10.1.0.1, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec: {template: {metadata: {labels: {app: reviews}}, spec: {serviceAccountName: reviews}}}
---
apiVersion: v1
kind: Secret
metadata: {name: certificate, namespace: istio-system}
type: kubernetes.io/tls
data: {tls.crt: QQ==, tls.key: QQ==}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec: {host: reviews}
`

test('Kubernetes objects come out with what is read of them, beside the resources of Istio', () => {
  const { kubernetes, resources, passedOver, problems } = readMesh(EVERYTHING, 'f.yaml', 'shop')
  expect(problems).toEqual([])
  expect(kubernetes.map(({ kind, namespace, name }) => [kind, namespace, name])).toEqual([
    ['Namespace', '', 'shop'],
    ['Service', 'shop', 'reviews'],
    ['EndpointSlice', 'shop', 'reviews-1'],
    ['Pod', 'shop', 'reviews-v1'],
    ['Deployment', 'shop', 'reviews'],
    ['Secret', 'istio-system', 'certificate'],
  ])
  expect(ofKubernetesKind(kubernetes, 'Service')[0]?.content.spec?.ports).toEqual([
    { name: 'http', port: 9080, targetPort: 'web', appProtocol: 'http' },
  ])
  expect(ofKubernetesKind(kubernetes, 'Pod')[0]).toMatchObject({
    creationTimestamp: '2026-01-01T00:00:00Z',
    content: { spec: { serviceAccountName: 'reviews' }, status: { podIP: '10.1.0.1' } },
  })
  expect(ofKubernetesKind(kubernetes, 'Secret')[0]?.content.data).toEqual(['tls.crt', 'tls.key'])
  expect(resources.map(({ namespace }) => namespace)).toEqual(['shop'])
  expect(passedOver.map(({ label }) => label)).toEqual(['batch/v1 Job once'])
})

test.each([
  ['spec: {ports: [{port: web}]}', 'spec.ports[0].port', 5],
  ['spec: {ports: {}}', 'spec.ports', 5],
  ['spec: []', 'spec', 5],
  ['spec: {selector: {app: [a]}}', 'spec.selector.app', 5],
])('a field that is read and has the wrong type is an error at its place: %s', (spec, path, line) => {
  const { kubernetes, problems } = readMesh(`\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n${spec}\n`, 'f.yaml')
  expect(kubernetes).toEqual([])
  expect(problems).toEqual([expect.objectContaining({ severity: 'error', resource: 'Service default/a', path, line })])
})

test('a List is its items, each with its place', () => {
  const item = (port: string) => `  - {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [${port}]}}\n`
  const text = `apiVersion: v1\nkind: List\nitems:\n${item('{port: 80}')}${item('{port: web}')}`
  const { kubernetes, problems } = readMesh(text, 'f.yaml')
  expect(kubernetes).toHaveLength(1)
  expect(problems).toEqual([expect.objectContaining({ path: 'spec.ports[0].port', line: 5 })])
})

test('a resource with an error is refused, and still there for analysis; one whose structure is wrong is not', () => {
  const head = 'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\n'
  expect(readMesh(`${head}spec: {host: "-"}\n`, 'f.yaml')).toMatchObject({ resources: [], refused: [{ name: 'a' }] })
  expect(readMesh(`${head}spec: {host: 7}\n`, 'f.yaml')).toMatchObject({ resources: [], refused: [] })
})

test('the mesh configuration is read, another ConfigMap is an object like another', () => {
  const configMap = (name: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: istio-system}\ndata: {mesh: "{}"}\n`
  expect(readMesh(configMap('istio'), 'f.yaml').resources).toHaveLength(1)
  expect(readMesh(configMap('other'), 'f.yaml')).toMatchObject({ resources: [], kubernetes: [{ name: 'other' }] })
})

test('what is no object of Kubernetes is an error', () => {
  expect(readMesh('just text', 'f.yaml').problems).toMatchObject([{ severity: 'error', file: 'f.yaml' }])
  expect(readMesh('kind: Service', 'f.yaml').problems).toMatchObject([{ severity: 'error', path: 'kind' }])
})
