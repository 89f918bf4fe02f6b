/**
 * Makes one file of each of the shop's services, with all that it imports: of the time that a service takes to start, most went into finding and reading thousands
 * of modules, and a replica that was killed is to be back soon. What `tsc` has made stands beside it in `dist/unbundled`.
 * Node keeps the text of what it runs, so white space is left out: 6 MB for each process. A stack trace still names its functions; `dist/unbundled/main.js` runs as
 * well (the gateway's with STOREFRONT_DIR), and has lines to go by.
 */
import { join } from 'node:path'
import { build } from 'esbuild'

const SERVICES = ['gateway', 'inventory', 'orders', 'payments']
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

const clone = join(import.meta.dirname, '../..')
await Promise.all(
  SERVICES.map((service) =>
    build({
      entryPoints: [join(clone, 'apps', service, 'dist/unbundled/main.js')],
      outfile: join(clone, 'apps', service, 'dist/main.js'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      minifyWhitespace: true,
      // NestJS tells providers and routes by the names of their classes.
      keepNames: true,
      external: NOT_INSTALLED,
      banner: { js: COMMONJS },
      logLevel: 'error',
    }),
  ),
)
