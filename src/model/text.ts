import { z } from 'zod'

/** What a person says: every character but the one that no database stores. */
export const textSchema = z.string().refine((text) => !text.includes('\0'), 'has a character that cannot be stored')
export const nonEmptyTextSchema = textSchema.min(1)
