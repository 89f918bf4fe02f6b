/**
 * Folders of Istio resources: read whole each time, and watched. Names that begin with a dot are left out, which also skips the hidden
 * generations of a Kubernetes ConfigMap volume while its visible links are followed.
 */
import { watch } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Logger } from 'pino'

export interface ConfigFile {
  /** Relative to the folder. */
  readonly name: string
  readonly text: string
}

/** What stands in all of them. */
export async function readFolders(directories: readonly string[]): Promise<ConfigFile[]> {
  return (await Promise.all(directories.map(readFolder))).flat()
}

/** Every `.yaml` and `.yml` file below `directory`, in order of their names. */
async function readFolder(directory: string): Promise<ConfigFile[]> {
  const files: ConfigFile[] = []
  const visit = async (folder: string): Promise<void> => {
    for (const name of (await readdir(folder)).filter((entry) => !entry.startsWith('.')).toSorted()) {
      const path = join(folder, name)
      if ((await stat(path)).isDirectory()) await visit(path)
      else if (/\.ya?ml$/.test(name))
        files.push({ name: relative(directory, path), text: await readFile(path, 'utf8') })
    }
  }
  await visit(directory)
  return files
}

/** Calls `changed` whenever something below one of them may have changed; the answer stops it. */
export function watchFolders(directories: readonly string[], changed: () => void, log: Logger): () => void {
  const stops = directories.map((directory) => watchFolder(directory, changed, log))
  return () => stops.forEach((stop) => stop())
}

function watchFolder(directory: string, changed: () => void, log: Logger): () => void {
  const watcher = watch(directory, { recursive: true }, changed)
  watcher.on('error', (error) => log.error({ err: error, directory }, 'configuration folder is no longer watched'))
  return () => watcher.close()
}
