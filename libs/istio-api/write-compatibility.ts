/** `npm run docs:istio`: writes docs/istio-compatibility.md, in the form that the repository's formatter would give it. */
import { writeFile } from 'node:fs/promises'
import { format } from 'prettier'
import { compatibilityPage } from './src/internal.ts'

const page = new URL('../../docs/istio-compatibility.md', import.meta.url)
await writeFile(page, await format(compatibilityPage(), { parser: 'markdown' }))
console.log('docs/istio-compatibility.md')
