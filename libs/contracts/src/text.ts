import { z } from 'zod'

/**
 * One line that somebody typed. Control characters have no place on a label or in a log, PostgreSQL cannot keep U+0000, and a lone surrogate is no
 * text at all: it cannot be written as UTF-8, so it would come back as something else.
 */
export const line = (minimum: number, maximum: number) =>
  z
    .string()
    .trim()
    .min(minimum)
    .max(maximum)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u)
