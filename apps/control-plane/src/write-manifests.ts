/** Writes what a cluster needs, made from what the control plane watches: `npm run manifests:kubernetes`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifestFiles, MANIFESTS } from './config/kubernetes/manifest-files.ts'

const directory = join(import.meta.dirname, '../../..', MANIFESTS)
mkdirSync(directory, { recursive: true })
for (const [name, text] of manifestFiles()) writeFileSync(join(directory, name), text)
