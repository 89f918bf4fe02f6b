/** The resources that an operator names: in files, or by their names. */
import { UsageError, type Invocation, type Options } from '../command.ts'
import type { SourceFile } from '../sources.ts'

export const FILE_OPTION: Options = {
  filename: {
    type: 'text',
    short: 'f',
    multiple: true,
    value: 'FILE|DIR|-',
    describe: 'resources; of a folder every .yaml, .yml and .json below it',
  },
}
export const NAMESPACE_OPTION: Options = {
  namespace: {
    type: 'text',
    short: 'n',
    value: 'NAMESPACE',
    describe: 'of the resource; default where it is not given',
  },
}

/** @throws UsageError where there is none */
export async function submitted(invocation: Invocation): Promise<readonly SourceFile[]> {
  const files = await invocation.files([...invocation.texts('filename'), ...invocation.positionals])
  if (files.length === 0) throw new UsageError('needs a file: -f FILE|DIR|-')
  return files
}
