/**
 * Makes one file of each of the shop's services and of the control plane's programs, with all that it imports: of the time that one takes to start, most went into
 * finding and reading thousands of modules, and a replica that was killed is to be back soon. What `tsc` has made stands beside it in `dist/unbundled`.
 * Node keeps the text of what it runs, so white space is left out: 6 MB for each process. A stack trace still names its functions; `dist/unbundled/main.js` runs as
 * well (the gateway's with STOREFRONT_DIR), and has lines to go by.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const PROGRAMS = [
  ['gateway', 'main'],
  ['inventory', 'main'],
  ['orders', 'main'],
  ['payments', 'main'],
  ['control-plane', 'main'],
  ['control-plane', 'init'],
]
/** What NestJS, Fastify and pg ask for only where somebody uses it, which nobody does here. */
const NOT_INSTALLED = [
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
  'pg-native',
]
/** A CommonJS package within an ES module still finds what it expects around it. */
const COMMONJS = [
  "import{createRequire as __cjs}from'node:module'",
  'const require=__cjs(import.meta.url)',
  'var __filename=import.meta.filename,__dirname=import.meta.dirname',
].join(';')

/** As esbuild writes it where names are kept: it would give every closure its name again each time one is made, which the busiest code pays for. */
const NAMES_KEPT = /var __name=\(\w+,(\w+)\)=>__defProp\(\w+,"name",\{value(?::\1)?,configurable:true\}\);/
const NAMES_OF_CLASSES =
  'var __name=target=>target,__class=(target,value)=>__defProp(target,"name",{value,configurable:true});'

const clone = join(import.meta.dirname, '../..')
await Promise.all(
  PROGRAMS.map(async ([app, program]) => {
    const dist = join(clone, 'apps', app, 'dist')
    const { outputFiles } = await build({
      entryPoints: [join(dist, `unbundled/${program}.js`)],
      outfile: join(dist, `${program}.js`),
      write: false,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      minifyWhitespace: true,
      keepNames: true,
      external: NOT_INSTALLED,
      banner: { js: COMMONJS },
      logLevel: 'error',
    })
    for (const { path, text } of outputFiles) writeFileSync(path, namesOfClasses(text))
  }),
)

/** NestJS tells providers and routes by the names of their classes; no other name is needed. Throws where esbuild writes something else than it did. */
function namesOfClasses(text) {
  if (!NAMES_KEPT.test(text)) throw new Error('esbuild keeps names in another way than this script knows')
  return text.replace(NAMES_KEPT, NAMES_OF_CLASSES).replaceAll('static{__name(this,', 'static{__class(this,')
}
