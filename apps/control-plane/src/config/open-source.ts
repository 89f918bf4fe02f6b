/** Opens the source of configuration that the settings name, and reads it for the first time. */
import type { Logger } from 'pino'
import type { Registry } from '../registry/registry.ts'
import type { Settings } from '../settings.ts'
import type { Configuration } from './configuration.ts'
import { KubernetesSource } from './kubernetes/kubernetes-source.ts'
import type { ConfigurationSource } from './source.ts'
import { WatchedFolders } from './watched-folders.ts'

export interface SourceParts {
  readonly configuration: Configuration
  readonly registry: Registry
  /** SPIFFE id of the control plane. */
  readonly self: string
  readonly log: Logger
}

/** An API that is away must not keep anybody waiting: what was last in force goes on without it. */
const LIST_WITHIN_MS = 3_000

export async function openSource(settings: Settings, parts: SourceParts): Promise<ConfigurationSource> {
  const access = settings.kubernetes
  if (access === null) {
    await parts.configuration.read()
    return new WatchedFolders(settings.CONTROL_PLANE_CONFIG_DIR, parts.configuration, parts.log)
  }
  const source = new KubernetesSource({ ...parts, access, namespaces: settings.CONTROL_PLANE_KUBERNETES_NAMESPACES })
  parts.log.info({ server: access.server.href }, 'reading the Kubernetes API')
  await source.whenListed(LIST_WITHIN_MS)
  return source
}
