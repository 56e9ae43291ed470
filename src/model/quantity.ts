import { z } from 'zod'

/** A week: no unit of an agent's work takes longer, and no report waits longer to be sent. */
export const maxDurationMs = 604_800_000

/** Milliseconds that something took. */
export const durationSchema = z
  .number()
  .min(0)
  .max(maxDurationMs, `must be at most ${maxDurationMs}, which is a week in milliseconds`)

export const ratioSchema = z.number().min(0).max(1)

/** A count; PostgreSQL and JavaScript both have room for it. */
export const countSchema = z.int().min(0)
