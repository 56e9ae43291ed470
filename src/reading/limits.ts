import { z } from 'zod'
import { findOpenWindows } from '../analysis/eligibility/freeze.ts'
import { getAggressivenessSettings } from '../analysis/policy/aggressiveness.ts'
import { tryReadLimits } from '../config/limits.ts'
import { riskSchema } from '../model/knob.ts'
import { limitsSchema } from '../model/limits.ts'
import type { ReadContext } from './context.ts'

export const limitsViewSchema = z.object({
  limits: limitsSchema.nullable().describe("The operator's limits; null if they cannot be read, in which case nothing is tried"),
  problem: z.string().nullable().describe('Why the limits cannot be read; null if they can'),
  frozen: z
    .array(z.object({ agent: z.string().nullable(), kind: z.string().nullable(), until: z.date(), why: z.string().nullable() }))
    .describe('The freeze windows that are open now; a window that names neither agent nor kind applies to the whole fleet'),
  levels: z
    .array(
      z.object({
        level: z.int(),
        capFactor: z
          .number()
          .describe('Factor for the configured number of concurrent trials, and for the share of instances in trials'),
        bundleSize: z.int().describe('Maximum number of knobs changed in one trial'),
        evidence: z.int().describe('Number of recent executions that a trial needs to start'),
        allowedRisk: riskSchema,
        exploration: z.number(),
        cadenceFactor: z.number().describe('Factor for the time between cycles'),
      }),
    )
    .describe('What each level of aggressiveness means'),
})
export type LimitsView = z.infer<typeof limitsViewSchema>

/** The limits in force, the freeze windows that are open now, and what the levels of aggressiveness mean. */
export function readLimitsView({ config }: Pick<ReadContext, 'config'>, now = Date.now()): LimitsView {
  const limits = tryReadLimits(config)
  const isUsable = typeof limits !== 'string'
  return {
    limits: isUsable ? limits : null,
    problem: isUsable ? null : limits,
    frozen: isUsable
      ? findOpenWindows(limits, now).map(({ window: { agent = null, kind = null, why = null }, until }) => ({
          agent,
          kind,
          until: new Date(until),
          why,
        }))
      : [],
    levels: [1, 2, 3, 4, 5].map((level) => ({ level, ...getAggressivenessSettings(level, config.identity.traits) })),
  }
}
