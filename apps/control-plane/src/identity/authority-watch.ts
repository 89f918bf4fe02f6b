/** Takes over what `init` changes in the authority's folder, a moment after it was quiet there. */
import { watch } from 'node:fs'
import type { Logger } from 'pino'
import { Fold } from '../distribution/fold.ts'
import type { CertificateAuthority } from './authority.ts'

const RETRY_MS = 1_000

/** @param changed another key signs, or other roots are trusted. @returns stops it */
export function watchAuthority(
  directory: string,
  authority: CertificateAuthority,
  changed: () => Promise<void>,
  log: Logger,
): () => Promise<void> {
  let retry: NodeJS.Timeout | undefined
  const fold = new Fold(async () => {
    try {
      if (!(await authority.reload())) return
      log.info({ audit: 'authority-changed', issuer: authority.issuer }, 'keys or roots have changed')
      await changed()
    } catch (error) {
      log.warn({ err: error }, 'the authority goes on with what it had; trying again')
      clearTimeout(retry)
      retry = setTimeout(() => fold.touch(), RETRY_MS)
    }
  })
  const watcher = watch(directory, () => fold.touch())
  watcher.on('error', (error) => log.error({ err: error, directory }, 'the authority is no longer watched'))
  return async () => {
    watcher.close()
    clearTimeout(retry)
    await fold.stop()
  }
}
