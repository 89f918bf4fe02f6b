/**
 * Where the auditor looks: in the home of a shop that `npm start` runs on this machine, else where the environment says, so that the same audit works beside compose
 * and Kubernetes. What is said nowhere is not looked at.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SERVICES, type Service } from './rule.ts'

export interface Places {
  /** Connection strings of somebody who may read everything. */
  readonly databases: ReadonlyMap<Service, string>
  readonly controlPlane: { readonly urls: readonly string[]; readonly roots: string; readonly token: string } | null
  readonly mailbox: { readonly url: string; readonly key: string } | null
  /** Public address. */
  readonly shop: string | null
}

const content = (file: string): string => readFileSync(file, 'utf8').trim()

/** @throws where it was never started */
export function placesOfHome(home: string, shop: string | null): Places {
  const secrets = join(home, 'secrets')
  if (!existsSync(join(secrets, 'postgres'))) throw new Error(`${home} is not the home of a shop that was started`)
  const superuser = content(join(secrets, 'postgres/superuser'))
  const databaseOf = (service: Service): [Service, string] => {
    const url = new URL(content(join(secrets, `postgres/${service}.url`)))
    url.username = 'postgres'
    url.password = superuser
    return [service, url.href]
  }
  return {
    databases: new Map(SERVICES.map(databaseOf)),
    controlPlane: {
      urls: content(join(secrets, 'mesh/public/control-plane')).split(','),
      roots: content(join(secrets, 'mesh/public/root.pem')),
      token: content(join(secrets, 'mesh/tokens/meshmart-system.operator')),
    },
    mailbox: { url: content(join(secrets, 'mailbox/url')), key: content(join(secrets, 'mailbox/api-key')) },
    shop,
  }
}

/**
 * `AUDIT_DATABASE_URL` names a server on which each service's database bears its name, `AUDIT_DATABASE_URL_ORDERS` (and so on) one of them; the control plane is found as
 * `meshctl` finds it (`MESH_CONTROL_PLANE_URL`, `MESH_ROOT_CERT_FILE`, `MESHCTL_TOKEN_FILE`), the mailbox by `AUDIT_MAILBOX_URL` and `AUDIT_MAILBOX_KEY_FILE`.
 */
export function placesOfEnvironment(environment: NodeJS.ProcessEnv, shop: string | null): Places {
  const databaseOf = (service: Service): [Service, string][] => {
    const own = environment[`AUDIT_DATABASE_URL_${service.toUpperCase()}`]
    const all = environment['AUDIT_DATABASE_URL']
    if (own !== undefined) return [[service, own]]
    return all === undefined ? [] : [[service, Object.assign(new URL(all), { pathname: `/${service}` }).href]]
  }
  const { MESH_CONTROL_PLANE_URL: urls, MESH_ROOT_CERT_FILE: roots, MESHCTL_TOKEN_FILE: token } = environment
  const { AUDIT_MAILBOX_URL: url, AUDIT_MAILBOX_KEY_FILE: key } = environment
  return {
    databases: new Map(SERVICES.flatMap(databaseOf)),
    controlPlane:
      urls && roots && token ? { urls: urls.split(','), roots: content(roots), token: content(token) } : null,
    mailbox: url && key ? { url, key: content(key) } : null,
    shop,
  }
}
