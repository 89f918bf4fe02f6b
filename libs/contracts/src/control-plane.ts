/** What the control plane answers to operators: read by `meshctl`, which checks it against these, so that two versions that differ say so. */
import { z } from 'zod'
import { Problem } from './problem.ts'

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

/** Problem details of what was not done (RFC 9457), with each thing that is wrong with the configuration. */
export const ConfigurationRefusal = Problem.extend({ problems: z.array(ConfigurationProblem).optional() })
export type ConfigurationRefusal = z.infer<typeof ConfigurationRefusal>

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

/** As it was written, with every field; what the control plane adds stands in `metadata`, under Kubernetes' names. */
export const ResourceDocument = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    /** RFC 3339, when it was applied first: the older of two that contradict each other speaks. */
    creationTimestamp: z.string().optional(),
    /** Counts its changes. */
    generation: z.number().optional(),
    /** The revision in which it was changed last. */
    resourceVersion: z.string().optional(),
  }),
})
export type ResourceDocument = z.infer<typeof ResourceDocument>

/** A resource that is in force, and where it comes from: `GET /v1/config/{kind}/{namespace}/{name}`. */
export const SourcedResource = z.object({
  source: z.enum(['folder', 'applied', 'kubernetes']),
  /** Of the folder. */
  file: z.string().optional(),
  /** File of the folder whose resource it takes the place of. */
  overrides: z.string().optional(),
  /** What was done to that one since, without effect: what was applied stays in its place. */
  folderChange: z.enum(['changed', 'removed']).optional(),
  document: ResourceDocument,
})
export type SourcedResource = z.infer<typeof SourcedResource>

/** `GET /v1/config` */
export const SourcedResources = z.object({
  /** Of what was applied. */
  revision: z.number(),
  resources: z.array(SourcedResource),
})
export type SourcedResources = z.infer<typeof SourcedResources>

/** A change of the applied configuration, as the history tells it. */
export const ConfigurationRevision = z.object({
  revision: z.int(),
  /** RFC 3339. */
  at: z.string(),
  /** SPIFFE id. */
  by: z.string(),
  action: z.enum(['apply', 'delete', 'rollback']),
  note: z.string().optional(),
  /** How many resources. */
  created: z.int(),
  changed: z.int(),
  removed: z.int(),
  /** Their names, the first 50. */
  resources: z.array(z.string()),
})
export type ConfigurationRevision = z.infer<typeof ConfigurationRevision>

/** `GET /v1/config/history`, the newest first. */
export const ConfigurationHistory = z.object({ revisions: z.array(ConfigurationRevision) })
export type ConfigurationHistory = z.infer<typeof ConfigurationHistory>

/** `GET /v1/config/history/{revision}` */
export const RevisionChanges = z.object({ revision: z.int(), changes: z.array(ResourceChange) })
export type RevisionChanges = z.infer<typeof RevisionChanges>

/** A snapshot that a sidecar follows. */
export const SnapshotStatus = z.object({
  key: z.string(),
  /** `SYNCED` runs the present one; `STALE` an older one; `NOT SENT` has said nothing of it yet; `NACK` refused it and runs the last good one. */
  status: z.enum(['SYNCED', 'STALE', 'NOT SENT', 'NACK']),
  /** Revision that it spoke of last; null where it has said nothing. */
  acknowledged: z.int().nullable(),
  /** Null where the snapshot was removed. */
  current: z.int().nullable(),
  /** Of a refusal. */
  reason: z.string().optional(),
  /** RFC 3339, of what it said last. */
  at: z.string().optional(),
})
export type SnapshotStatus = z.infer<typeof SnapshotStatus>

export const ProxyStatus = z.object({
  namespace: z.string(),
  workload: z.string(),
  instance: z.string(),
  snapshots: z.array(SnapshotStatus),
})
export type ProxyStatus = z.infer<typeof ProxyStatus>

/** `GET /v1/proxies`: this replica of the control plane, the one that leads, and every sidecar. */
export const Proxies = z.object({ self: z.string(), leader: z.string().nullable(), proxies: z.array(ProxyStatus) })
export type Proxies = z.infer<typeof Proxies>

/** Who was given a certificate, or was refused; who was denied, or is allowed again. */
export const AuditEntry = z.object({
  /** RFC 3339. */
  at: z.string(),
  event: z.enum(['issued', 'refused', 'denied', 'allowed']),
  /** SPIFFE id; null where nobody could be identified. */
  identity: z.string().nullable(),
  /** Replica, as it calls itself. */
  instance: z.string().optional(),
  /** What identified the asker. */
  proof: z.enum(['token', 'certificate', 'self']).optional(),
  serialNumber: z.string().optional(),
  notAfter: z.string().optional(),
  /** SHA-256 of the issuing certificate. */
  issuer: z.string().optional(),
  reason: z.string().optional(),
  /** Of a denial: the operator. */
  by: z.string().optional(),
  /** Replica of the control plane. */
  replica: z.string(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** `GET /v1/certificates` */
export const CertificateRecord = z.object({
  issuers: z.array(
    z.object({
      /** SHA-256 of the issuing certificate. */
      issuer: z.string(),
      signsNow: z.boolean(),
      /** Replicas that run on a certificate of it. */
      valid: z.int(),
    }),
  ),
  /** The newest first. */
  entries: z.array(AuditEntry),
})
export type CertificateRecord = z.infer<typeof CertificateRecord>

/** An identity that is refused everywhere. */
export const Denial = z.object({
  /** SPIFFE id, as is `by`. */
  identity: z.string(),
  reason: z.string(),
  by: z.string(),
  /** RFC 3339. */
  at: z.string(),
})
export type Denial = z.infer<typeof Denial>

/** `GET /v1/denied` */
export const DenialList = z.object({ denied: z.array(Denial) })
export type DenialList = z.infer<typeof DenialList>

/** The answer to the end of a denial. */
export const AllowedAgain = Denial.pick({ identity: true })
export type AllowedAgain = z.infer<typeof AllowedAgain>

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
