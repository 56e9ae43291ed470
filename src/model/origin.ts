import { z } from 'zod'

/** What a version of a configuration comes from; a person's word is `operator`. */
export const originSchema = z.enum(['default', 'trial', 'restore', 'operator'])
export type Origin = z.infer<typeof originSchema>
