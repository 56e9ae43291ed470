import { z } from 'zod'

/** Free text: every character except NUL, which PostgreSQL cannot store. */
export const textSchema = z.string().refine((text) => !text.includes('\0'), 'must not contain a NUL character')
export const nonEmptyTextSchema = textSchema.min(1)
