import { z } from 'zod'

/** The origin of a configuration version; a person's change is `operator`. */
export const originSchema = z.enum(['default', 'trial', 'restore', 'operator'])
export type Origin = z.infer<typeof originSchema>
