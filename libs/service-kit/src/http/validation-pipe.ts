/**
 * Checks what `@Body({ schema })`, `@Query({ schema })` and `@Param('id', { schema })` announce. Nest's own StandardSchemaValidationPipe hands its
 * exception factory the issues alone; naming a missing field needs the value too, hence this subclass.
 */
import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common'
import { fieldErrorsOf } from './field-errors.ts'
import { ProblemException } from './problem-exception.ts'

@Injectable()
export class ValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const { schema, type, data } = metadata
    if (!schema || !this.toValidate(metadata)) return value
    this.stripProtoKeys(value)
    const result = await this.validate<T>(value, schema)
    if (!result.issues) return result.value
    // A path that cannot name anything names nothing: the same answer as for an id that does not exist.
    if (type === 'param') throw new ProblemException('not-found')
    throw new ProblemException('invalid-request', { errors: fieldErrorsOf(result.issues, value, data) })
  }
}
