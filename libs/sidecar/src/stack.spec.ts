import { describe, expect, it } from 'vitest'
import { AuthenticateLayer } from './inbound/authenticate.ts'
import { InboundPolicies } from './inbound/inbound-policy.ts'
import { KeySources } from './inbound/jwt/key-sources.ts'
import { inboundStack } from './inbound/stack.ts'
import { GatewayTable } from './ingress/gateway-table.ts'
import type { IngressExchange } from './ingress/ingress-exchange.ts'
import { ingressStack } from './ingress/stack.ts'
import { Exchange } from './exchange.ts'
import { ClusterRegistry } from './outbound/cluster-registry.ts'
import { outboundStack } from './outbound/stack.ts'
import { AGAIN, GO_ON, Stack, WAIT, type Layer, type Reply } from './stack.ts'
import { problem } from './answers.ts'
import { RecordedLog } from './testing/recorded-log.ts'
import { Tracer } from './telemetry/tracer.ts'
import { trustOnly } from './identity/workload-identity.ts'

const hosts = { lookup: () => undefined, discover: () => undefined }
const tracer = new Tracer(1)
const names = (stack: { layers: readonly { name: string }[] }): string[] => stack.layers.map((layer) => layer.name)

const policies = (): InboundPolicies =>
  new InboundPolicies(new KeySources(() => Promise.reject(new Error('nobody')), new RecordedLog()))

describe('the order of the layers', () => {
  it('outbound', () => {
    const stack = outboundStack({ hosts, tracer, random: Math.random, recorder: null })
    expect(names(stack)).toEqual([
      'route',
      'cors',
      'fault',
      'answer',
      'rewrite',
      'mirror',
      'timeout',
      'retry',
      'balance',
      'connect',
    ])
  })

  it('inbound', () => {
    const stack = inboundStack({
      policies: policies(),
      draining: () => false,
      checkAccess: () => Promise.reject(new Error('nobody')),
      deliver: { deliver: () => undefined },
      recorder: null,
      log: new RecordedLog(),
    })
    expect(names(stack)).toEqual(['accept', 'identify', 'authenticate', 'authorise', 'limit', 'deliver'])
  })

  it('ingress: guards behind the virtual host, then outbound from route on, and the own workload before the time of others runs', () => {
    const source = { watch: () => ({ stop: () => undefined }), discover: () => Promise.reject(new Error('nobody')) }
    const clusters = new ClusterRegistry(source, {
      identity: trustOnly(''),
      reader: { namespace: '', labels: {}, locality: '' },
      random: Math.random,
      log: new RecordedLog(),
    })
    const stack = ingressStack({
      gateway: new GatewayTable('gateway.x', clusters, policies(), () => undefined),
      ports: () => ({ plain: 80, tls: null }),
      hosts,
      ownHost: 'x',
      listener: () => undefined,
      tracer,
      random: Math.random,
      recorder: null,
      guards: [new AuthenticateLayer<IngressExchange>(new RecordedLog())],
    })
    expect(names(stack)).toEqual([
      'virtual-host',
      'authenticate',
      'route',
      'cors',
      'fault',
      'answer',
      'rewrite',
      'mirror',
      'deliver-here',
      'timeout',
      'retry',
      'balance',
      'connect',
    ])
  })
})

class Probe extends Exchange {
  readonly delivered: Reply[] = []
  header(): undefined {
    return undefined
  }
  setHeader(): void {}
  addHeader(): void {}
  removeHeader(): void {}
  deliver(reply: Reply): void {
    this.delivered.push(reply)
    this.end()
  }
}

const refused = problem(null, 'no')

describe('an exchange on its way', () => {
  const said: string[] = []
  const layer = (name: string, more: Partial<Layer<Probe>> = {}): Layer<Probe> => ({
    name,
    request: () => {
      said.push(`${name} down`)
      return GO_ON
    },
    response: () => {
      said.push(`${name} back`)
      return GO_ON
    },
    finish: () => void said.push(`${name} finish`),
    ...more,
  })
  const probe = (): Probe => {
    said.length = 0
    return new Probe('GET', '/a/../b?c=d', 'host')
  }

  it('is answered by a layer: only those above see the answer, all finish, once', () => {
    const exchange = probe()
    const stack = new Stack([layer('one'), layer('two', { request: () => refused }), layer('three')])
    stack.start(exchange)
    exchange.end()
    expect(said).toEqual(['one down', 'one back', 'three finish', 'two finish', 'one finish'])
    expect(exchange.delivered).toEqual([refused])
    expect(exchange.reason).toBe('no')
  })

  it('waits and goes on where it stopped', () => {
    const exchange = probe()
    new Stack([layer('one'), layer('two', { request: () => WAIT }), layer('three')]).start(exchange)
    expect(said).toEqual(['one down'])
    exchange.resume()
    expect(said).toEqual(['one down', 'three down'])
  })

  it('goes down again from beneath the layer that says so', () => {
    let tries = 0
    const exchange = probe()
    const retry = layer('retry', { response: () => (++tries < 3 ? AGAIN : GO_ON) })
    const connect = layer('connect', { request: () => refused })
    new Stack([layer('route'), retry, layer('balance'), connect]).start(exchange)
    expect(said.filter((line) => line === 'balance down').length).toBe(3)
    expect(said.filter((line) => line === 'route down').length).toBe(1)
    expect(exchange.delivered.length).toBe(1)
  })

  it('hears nothing more once it has ended', () => {
    const exchange = probe()
    const stack = new Stack([layer('one', { request: () => WAIT })])
    stack.start(exchange)
    exchange.end()
    exchange.resume()
    stack.answer(exchange, refused)
    expect(exchange.delivered).toEqual([])
  })

  it('has one path for routing, policy and log: normalised, without the query', () => {
    const exchange = probe()
    expect([exchange.path, exchange.query, exchange.target]).toEqual(['/b', 'c=d', '/b?c=d'])
    expect(new Probe('GET', 'no-slash', 'host').malformed).toBe(true)
  })

  it('can be normalised otherwise before anything has looked at it', () => {
    const exchange = new Probe('GET', '/a//b?c=d', 'host')
    expect(exchange.recordedPath).toBe('/a//b')
    exchange.normalise('MERGE_SLASHES')
    expect([exchange.path, exchange.recordedPath, exchange.target]).toEqual(['/a/b', '/a/b', '/a/b?c=d'])
  })
})
