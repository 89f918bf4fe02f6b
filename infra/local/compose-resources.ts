/**
 * The resources that say where somebody outside of the mesh is. They stand once, in the file that compose mounts (infra/docker/mesh); what differs on this machine,
 * ports and paths above all, is put in its place at each start. A text that is no longer there stops the start: a silent miss would be an address of compose's.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home.ts'
import type { Outsider } from './topology.ts'

export type Differences = readonly (readonly [inCompose: string, here: string])[]

/** @param first so many of the YAML documents in compose's file; all where it is not given. @throws Error where a text does not stand in them once */
export function writeResources(home: Home, name: Outsider['name'], differences: Differences, first?: number): void {
  const file = join(import.meta.dirname, `../docker/mesh/${name}.yaml`)
  const documents = readFileSync(file, 'utf8')
    .replace(/^(#.*\n)+/, '')
    .split('---\n')
  const text = differences.reduce((resources, [inCompose, here]) => {
    if (resources.split(inCompose).length !== 2)
      throw new Error(`${file}: ${JSON.stringify(inCompose)} must stand in it once`)
    return resources.replace(inCompose, () => here)
  }, documents.slice(0, first).join('---\n'))
  mkdirSync(home.mesh, { recursive: true })
  writeFileSync(join(home.mesh, `${name}.yaml`), `# Written by npm start from infra/docker/mesh/${name}.yaml.\n${text}`)
}
