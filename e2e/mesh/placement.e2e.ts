/** Where the sidecars of the shop under test are: the suites beside this one hold for both placements, and this one says which of them they have just held for. */
import { expect, inject, test } from 'vitest'
import { pidsOf } from '../testing/processes.ts'
import { processesOf, replicasOf, tlsPortsOf } from '../testing/replicas.ts'

const { home } = inject('shop')
const outside = process.env['MESHMART_PLACEMENT'] === 'process'

test.each(['orders', 'payments', 'inventory', 'my-service'])(
  `each replica of %s ${outside ? 'leaves TLS to a sidecar process beside it' : 'carries its sidecar in its own process'}`,
  async (service) => {
    const replicas = replicasOf(home, service)
    expect(replicas.length).toBeGreaterThan(0)
    for (const replica of replicas) {
      expect(processesOf(home, replica)).toEqual(outside ? [replica, `${replica}-sidecar`] : [replica])
      expect(await tlsPortsOf(pidsOf(home)[replica]!)).toHaveLength(outside ? 0 : 1)
    }
  },
)

test('the gateway carries its sidecar in its own process always: the public port delivers to it there', async () => {
  expect(processesOf(home, 'gateway-1')).toEqual(['gateway-1'])
  expect(await tlsPortsOf(pidsOf(home)['gateway-1']!)).toHaveLength(1)
})
