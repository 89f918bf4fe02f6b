/**
 * What holds for every request before Nest is asked: cookies are read, other sites may not write, bodies are JSON and small, and what is not the
 * API is the storefront. It is built in a constructor, because Fastify's `onRoute` must be there before the first route.
 */
import fastifyCookie from '@fastify/cookie'
import fastifyStatic from '@fastify/static'
import { ProblemException, SETTINGS } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Settings } from '../settings.ts'
import { securityHeaders } from '../storefront/security-headers.ts'
import { cacheControlOf, storefrontFile, StorefrontFiles } from '../storefront/storefront-files.ts'
import { isForeignOrigin } from './origin.ts'

const BODY_LIMIT_BYTES = 64 * 1024
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

@Injectable()
export class Edge {
  constructor(adapters: HttpAdapterHost, @Inject(SETTINGS) settings: Pick<Settings, 'STOREFRONT_DIR'>) {
    const fastify: FastifyInstance = adapters.httpAdapter.getInstance()
    const files = new StorefrontFiles(settings.STOREFRONT_DIR)
    fastify.addHook('onRoute', (route) => {
      route.bodyLimit = BODY_LIMIT_BYTES
    })
    fastify.register(fastifyCookie)
    fastify.register(fastifyStatic, { root: settings.STOREFRONT_DIR, serve: false, cacheControl: false })
    fastify.addHook('onRequest', async (request, reply) => {
      const path = pathOf(request)
      void reply.headers(securityHeaders(path, request.headers['x-forwarded-proto'] === 'https'))
      if (!SAFE_METHODS.has(request.method)) checkWriting(request)
      if (isApi(path)) return undefined
      const file = storefrontFile(files, path, request.headers.accept)
      if (file === null) throw new ProblemException('not-found')
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        void reply.header('allow', 'GET, HEAD')
        throw new ProblemException('method-not-allowed')
      }
      return reply.header('cache-control', cacheControlOf(file)).sendFile(file)
    })
  }
}

/** @throws ProblemException `not-allowed` for another site's request, `unsupported-media-type` for a body that is not plain JSON */
function checkWriting(request: FastifyRequest): void {
  if (isForeignOrigin(request.headers))
    throw new ProblemException('not-allowed', { detail: 'the request comes from another origin' })
  const { headers } = request
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
  if (!hasBody) return
  const type = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (type !== 'application/json') throw unsupported('Content-Type', type === '' ? 'required' : 'choice')
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw unsupported('Content-Encoding', 'choice')
}

const unsupported = (field: string, code: string): ProblemException =>
  new ProblemException('unsupported-media-type', { errors: [{ field, code }] })

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0]!
const isApi = (path: string): boolean => path === '/api' || path.startsWith('/api/')
