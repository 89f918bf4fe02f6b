/** The embedded placement from end to end: its edge takes what comes in plain HTTP, its outbound stack carries it over mTLS to the inbound end of a service. */
import { freePort, TestMesh } from '@meshmart/sidecar/internal'
import type { Target } from '../target.ts'
import { Upstream } from '../upstream.ts'
import { natsBinary } from './nats-binary.ts'
import { settled } from './settled.ts'

const SELECTOR = 'istio-ingressgateway'

export async function edge(): Promise<Target> {
  const mesh = await TestMesh.start(await natsBinary())
  try {
    return await edgeOf(mesh)
  } catch (error) {
    await mesh.stop()
    throw error
  }
}

async function edgeOf(mesh: TestMesh): Promise<Target> {
  const upstream = new Upstream()
  const host = await mesh.define('echo', 'meshmart')
  await mesh.run('echo', 'echo-1', upstream.listener)
  const cluster = `outbound|80||${host}`
  await mesh.put(`gateway.${SELECTOR}`, {
    selector: { istio: 'ingressgateway' },
    servers: [{ source: 'Gateway default/all', port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    virtualHosts: [
      {
        hosts: ['*'],
        port: 80,
        routes: [
          {
            name: 'all',
            source: 'default',
            match: [],
            destinations: [{ cluster, weight: 100 }],
            timeoutMs: 0,
            retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] },
          },
        ],
      },
    ],
    clusters: {
      [cluster]: {
        name: cluster,
        host,
        port: 80,
        subset: null,
        subsetLabels: {},
        loadBalancer: 'LEAST_REQUEST',
        tls: 'ISTIO_MUTUAL',
        connectTimeoutMs: 2000,
        outlierDetection: null,
      },
    },
  })
  const gateway = await mesh.run('gateway', 'gateway-1')
  const port = await freePort()
  await gateway.sidecar.openIngress({ address: '127.0.0.1', port, selector: SELECTOR })
  const target: Target = {
    name: 'edge and embedded inbound',
    host: '127.0.0.1',
    port,
    seen: () => upstream.seen(),
    malformed: () => upstream.malformed(),
    forget: () => upstream.forget(),
    close: () => mesh.stop(),
  }
  await settled(target)
  return target
}
