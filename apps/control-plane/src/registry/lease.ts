/**
 * A lease is how a replica says "I am here". Its subject is the proof of who speaks: NATS lets each workload write below its own
 * `$KV.leases.<namespace>.<service>` alone, so the identity is derived from the key and never read from the value.
 */
import { formatSpiffeId, type Endpoint } from '@meshmart/mesh-policy'
import { z } from 'zod'
import { dnsLabel } from '../identity/dns-label.ts'

export interface LeaseKey {
  readonly namespace: string
  readonly service: string
  readonly instance: string
}

const port = z.int().min(1).max(65_535)
const Lease = z.object({
  instance: z.string(),
  address: z.union([z.ipv4(), z.ipv6()]),
  ports: z
    .record(z.string().regex(/^[1-9]\d{0,4}$/), port)
    .refine((ports) => Object.keys(ports).length > 0, 'is empty'),
  transport: z.literal('mtls'),
  labels: z.record(z.string().max(63), z.string().max(63)).default({}),
  locality: z.string().max(200).default(''),
  weight: z.int().min(1).max(128).default(1),
  portNames: z
    .record(
      z.string().regex(/^[1-9]\d{0,4}$/),
      z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is no port name, such as tcp-db'),
    )
    .optional(),
  workloadPorts: z.record(z.string().regex(/^[1-9]\d{0,4}$/), port).optional(),
  since: z.int().nonnegative().optional(),
})

/** The parts of a key of bucket `leases`, or null where it is not of the documented form. */
export function parseLeaseKey(key: string): LeaseKey | null {
  const [namespace = '', service = '', instance = '', ...more] = key.split('.')
  return more.length === 0 && [namespace, service, instance].every((part) => dnsLabel.test(part))
    ? { namespace, service, instance }
    : null
}

/** The endpoint that a lease stands for. Throws an error that names the wrong field. */
export function readLease(key: LeaseKey, value: unknown, trustDomain: string): Endpoint {
  const parsed = Lease.safeParse(value)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  if (parsed.data.instance !== key.instance)
    throw new Error(`instance: is ${parsed.data.instance}, the key says ${key.instance}`)
  const identity = formatSpiffeId({ trustDomain, namespace: key.namespace, account: key.service })
  const { portNames, workloadPorts, since, ...rest } = parsed.data
  const named = { ...(portNames && { portNames }), ...(workloadPorts && { workloadPorts }) }
  return { ...rest, identity, ...named, ...(since !== undefined && { since }) }
}

/** The service that a host of the mesh belongs to; null for any other host. */
export function serviceOfHost(host: string): { namespace: string; service: string } | null {
  const [service = '', namespace = '', ...rest] = host.split('.')
  return rest.join('.') === 'svc.cluster.local' && dnsLabel.test(service) && dnsLabel.test(namespace)
    ? { namespace, service }
    : null
}

export const serviceHost = (namespace: string, service: string): string => `${service}.${namespace}.svc.cluster.local`
