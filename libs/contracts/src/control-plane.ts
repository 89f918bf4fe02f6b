/** What the control plane answers to operators: read by `meshctl`, which checks it against these, so that two versions that differ say so. */
import { z } from 'zod'

/** A snapshot that a sidecar has not taken, or has refused. */
const Missing = z.object({ proxy: z.string(), key: z.string() })

/** From a change of the configuration to the sidecars that run it. */
export const Rollout = z.object({
  /** Milliseconds until all snapshots were in the bucket; null where they were not in time. */
  publishedMs: z.number().nullable(),
  /** Milliseconds until all that need it had spoken; null where they had not in time. */
  acknowledgedMs: z.number().nullable(),
  /** Pairs of sidecar and snapshot that this change concerns. */
  concerned: z.number(),
  refused: z.array(Missing.extend({ reason: z.string() })).readonly(),
  /** Who has not spoken. */
  missing: z.array(Missing).readonly(),
})
export type Rollout = z.infer<typeof Rollout>

/** Something that is wrong with a resource, or worth a word, with its place. */
export const ConfigurationProblem = z.object({
  severity: z.enum(['error', 'warning']),
  resource: z.string(),
  path: z.string(),
  file: z.string(),
  line: z.number(),
  column: z.number(),
  message: z.string(),
})
export type ConfigurationProblem = z.infer<typeof ConfigurationProblem>

export const ResourceChange = z.object({
  /** `VirtualService meshmart/orders` */
  resource: z.string(),
  change: z.enum(['created', 'changed', 'removed']),
  /** Whole documents; null where there is none. */
  before: z.unknown(),
  after: z.unknown(),
})
export type ResourceChange = z.infer<typeof ResourceChange>

/** The answer to apply, diff, delete and rollback. */
export const ConfigurationChange = z.object({
  /** That is in force now; of a dry run the one before. */
  revision: z.number(),
  dryRun: z.boolean(),
  changes: z.array(ResourceChange),
  warnings: z.array(ConfigurationProblem),
  rollout: Rollout.optional(),
})
export type ConfigurationChange = z.infer<typeof ConfigurationChange>

/** A replica that answers for a service. */
export const RunningEndpoint = z.object({
  instance: z.string(),
  address: z.string(),
  /** Port of the service → port there. */
  ports: z.record(z.string(), z.number()),
  /** Port of the service → port of the application, which policies speak of; `ports` where it is not given. */
  workloadPorts: z.record(z.string(), z.number()).optional(),
  labels: z.record(z.string(), z.string()),
  locality: z.string(),
  /** SPIFFE id that its certificate must prove. */
  identity: z.string(),
  /** False where nobody is sent to it: its identity is denied. */
  ready: z.boolean(),
})
export type RunningEndpoint = z.infer<typeof RunningEndpoint>

export const RunningService = z.object({
  host: z.string(),
  namespace: z.string(),
  name: z.string(),
  ports: z.array(z.number()),
  /** Port → Istio's port name, where a replica gives one. */
  portNames: z.record(z.string(), z.string()),
  /** Labels of the workloads that it is made of. */
  selector: z.record(z.string(), z.string()),
  /** SPIFFE ids that its endpoints may prove. */
  accounts: z.array(z.string()),
  endpoints: z.array(RunningEndpoint),
})
export type RunningService = z.infer<typeof RunningService>

/** `GET /v1/mesh`: everything that is in force at one moment, so that whoever asks can work out what would happen to a request. */
export const RunningMesh = z.object({
  /** Of what was applied. */
  revision: z.number(),
  /** Digest of the watched folder. */
  folder: z.string(),
  /** Replica that answers. */
  replica: z.string(),
  trustDomain: z.string(),
  resources: z.array(z.object({ source: z.string(), file: z.string().optional(), document: z.unknown() })),
  services: z.array(RunningService),
  /** SPIFFE ids that are refused everywhere. */
  denied: z.array(z.string()),
})
export type RunningMesh = z.infer<typeof RunningMesh>
