import { z } from 'zod'

/** The origin of a configuration version; a person's change is `operator`. */
export const originSchema = z.enum(['default', 'trial', 'restore', 'operator'])
export type Origin = z.infer<typeof originSchema>

/** Whether a person decided on a version: values that a release of the agent brought have the same origin, but nobody requested them. */
export const isHumanDecision = ({ origin, requestId }: { origin: Origin; requestId: string | null }): boolean =>
  origin === 'operator' && requestId !== null
