import { analyzeFiles, readMesh } from '@meshmart/istio-api'
import { expect, test } from 'vitest'

const documents = (index: number): string => {
  const [name, namespace] = [`s${index}`, `ns-${index % 20}`]
  const metadata = `metadata: {name: ${name}, namespace: ${namespace}, labels: {app: ${name}, version: v1}}`
  const destination = `{destination: {host: ${name}, subset: v1}}`
  return `apiVersion: v1
kind: Service
${metadata}
spec: {selector: {app: ${name}}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Pod
${metadata}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
${metadata}
spec: {hosts: [${name}], http: [{route: [${destination}]}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
${metadata}
spec: {host: ${name}, subsets: [{name: v1, labels: {version: v1}}]}
---
`
}

test('ten times the services take about ten times as long, not a hundred times', () => {
  const time = (size: number): number => {
    const mesh = readMesh(Array.from({ length: size }, (_, index) => documents(index)).join(''), 'f.yaml')
    const times = Array.from({ length: 3 }, () => {
      // Time of this process: others take the wall's.
      const start = process.cpuUsage()
      expect(analyzeFiles(mesh, { servicesKnown: true })).toEqual([])
      return process.cpuUsage(start).user
    })
    return Math.min(...times)
  }
  time(400)
  expect(time(4000) / time(400)).toBeLessThan(50)
}, 60_000)
