/**
 * Where the control plane is, and what proves who asks. Said by options, else by the environment, else found where `npm start` keeps it: so that beside a shop
 * that runs on this machine nothing need be said.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Unreachable, UsageError, type Invocation, type Options } from '../command.ts'

export const ONLINE_OPTIONS: Options = {
  'control-plane': {
    type: 'text',
    value: 'URL[,URL]',
    describe: 'replicas of the control plane; else $MESH_CONTROL_PLANE_URL, else those that npm start runs',
  },
  'token-file': {
    type: 'text',
    value: 'FILE',
    describe: "the operator's join token; else $MESHCTL_TOKEN_FILE, else that of npm start",
  },
  'root-cert': {
    type: 'text',
    value: 'FILE',
    describe: 'PEM of the roots to trust; else $MESH_ROOT_CERT_FILE, else those of npm start',
  },
}

export interface Connection {
  readonly urls: readonly URL[]
  readonly token: string
  readonly roots: string
}

/** @throws UsageError, Unreachable where nothing says where it is */
export function connectionOf({ text }: Pick<Invocation, 'text'>, environment = process.env): Connection {
  const home = join(environment['MESHMART_HOME'] ?? '.meshmart', 'secrets/mesh')
  const said =
    text('control-plane') ?? environment['MESH_CONTROL_PLANE_URL'] ?? running(join(home, 'public/control-plane'))
  const urls = said.split(',').map((each) => {
    if (!URL.canParse(each) || new URL(each).protocol !== 'https:') {
      throw new UsageError(`--control-plane: ${JSON.stringify(each)} is no URL that begins with https://`)
    }
    return new URL(each)
  })
  const token = text('token-file') ?? environment['MESHCTL_TOKEN_FILE'] ?? join(home, 'tokens/meshmart-system.operator')
  const roots = text('root-cert') ?? environment['MESH_ROOT_CERT_FILE'] ?? join(home, 'public/root.pem')
  return { urls, token: content(token, '--token-file').trim(), roots: content(roots, '--root-cert') }
}

function running(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw new Unreachable(
      'no control plane is known here: npm start runs one, or name one by --control-plane https://…',
    )
  }
}

function content(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${option}: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
