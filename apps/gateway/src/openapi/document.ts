/** The OpenAPI document, made from the controllers themselves, and its pages at `/api/docs` and `/api/docs-json`. */
import { Injectable, type INestApplication, type OnModuleInit } from '@nestjs/common'
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core'
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger'
import { SESSION_COOKIE } from '../sessions/session-cookie.ts'
import { describeSchema, schemasReferredTo } from './schemas.ts'

const DESCRIPTION = `The public API of the Meshmart demo shop.

A guest may buy: the signed session cookie is made on first need, so keep cookies between calls. Problems are
[RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) with a stable \`code\`, in the language of \`Accept-Language\` (\`en\` or \`zh-CN\`).
Writing calls take \`application/json\` of at most 64 KiB, and browsers may make them from the shop's own origin only.`

@Injectable()
export class OpenApiPages implements OnModuleInit {
  readonly #app: INestApplication

  constructor(config: ApplicationConfig, modules: ModulesContainer, adapters: HttpAdapterHost) {
    // Of the application, SwaggerModule reads these three; the application itself cannot be injected into a part of it.
    const parts = { config, container: { getModules: () => modules }, getHttpAdapter: () => adapters.httpAdapter }
    this.#app = parts as unknown as INestApplication
  }

  onModuleInit(): void {
    SwaggerModule.setup('api/docs', this.#app, this.describe(), {
      jsonDocumentUrl: 'api/docs-json',
      raw: ['json'],
      customSiteTitle: 'Meshmart API',
    })
  }

  describe(): OpenAPIObject {
    const head = new DocumentBuilder()
      .setOpenAPIVersion('3.1.1')
      .setTitle('Meshmart API')
      .setDescription(DESCRIPTION)
      .setVersion('1')
      .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
      .addCookieAuth(SESSION_COOKIE)
      .build()
    const document = SwaggerModule.createDocument(this.#app, head, {
      operationIdFactory: (_controller, method) => method,
      standardSchemaConverter: describeSchema,
    })
    const { securitySchemes } = document.components ?? {}
    return {
      ...document,
      components: { ...(securitySchemes && { securitySchemes }), schemas: schemasReferredTo(document.paths) },
    }
  }
}
