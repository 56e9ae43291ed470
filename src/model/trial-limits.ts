/** The limits of a trial, as an operator configures them. */
import { z } from 'zod'

/** Applying, putting back and concluding, on top of the observations. */
const overheadMs = 15_000
/** Two trials one after the other fit into it, and a cycle that takes no longer ends before the next is due. */
const usualCycleMs = 285_000
/** Two cycles at their slowest. */
const usualWatchMs = 1_200_000
/** No other cycle begins while a trial is observed within one. */
const longestObservationMs = 1_800_000

const observationSchema = z
  .int()
  .positive()
  .max(
    longestObservationMs,
    'a cycle waits for its trials, so none is observed for longer than 30 minutes (1800000); trials of hours are not supported yet',
  )

export const trialLimitsSchema = z
  .strictObject({
    maxSamples: z.int().min(10).max(10_000).default(160).describe('Candidate samples after which a trial ends undecided'),
    concurrent: z
      .int()
      .positive()
      .default(2)
      .describe('Trials that run at once in the whole fleet, at aggressiveness 3; the level scales it'),
    candidateShare: z
      .number()
      .positive()
      .max(1)
      .default(0.2)
      .describe(
        'Share of the fleet’s instances that may run with unproven values at once, to the nearest whole one and at least one, at aggressiveness 3; the level scales it',
      ),
    observeMs: observationSchema.default(105_000).describe('Longest observation of one trial'),
    widenMs: observationSchema
      .default(20_000)
      .describe('Longest observation of the half of the instances that a proven change goes to next'),
    watchMs: z
      .int()
      .min(0)
      .optional()
      .describe(
        `How long every cycle looks again at a change that was kept, and puts it back where it does harm. Left out, ${usualWatchMs}, or the time of two cycles where that is longer`,
      ),
    lookEveryMs: z.int().positive().max(5_000).default(2_000).describe('Time between two looks at a running trial'),
    acknowledgeMs: z
      .int()
      .positive()
      .max(15_000)
      .default(15_000)
      .describe('How long an instance may take to acknowledge a configuration'),
    historyMs: z.int().positive().default(600_000).describe('How far back a trial looks for how instances differed before'),
    cycleMs: z
      .int()
      .positive()
      .optional()
      .describe(
        `A cycle starts no further trial that would not end within this time. Left out, ${usualCycleMs}, or the time of one trial where that is longer`,
      ),
    lockMs: z.int().min(120_000).default(180_000).describe('Lifetime of a lock whose trial no longer renews it'),
  })
  .superRefine(({ observeMs, widenMs, cycleMs }, context) => {
    const trialMs = computeTrialMs({ observeMs, widenMs })
    if (cycleMs === undefined || cycleMs >= trialMs) return
    const message = `${cycleMs} leaves no time for a single trial, which takes up to ${trialMs} (observeMs ${observeMs} + widenMs ${widenMs} + ${overheadMs}); leave cycleMs out, raise it, or lower the others`
    context.addIssue({ code: 'custom', message, path: ['cycleMs'] })
  })
  .transform((limits) => {
    const cycleMs = limits.cycleMs ?? Math.max(usualCycleMs, computeTrialMs(limits))
    return { ...limits, cycleMs, watchMs: limits.watchMs ?? Math.max(usualWatchMs, 2 * cycleMs) }
  })
export type TrialLimits = z.infer<typeof trialLimitsSchema>

/** The time that one trial takes at most, as long as nobody has to be waited for. */
export function computeTrialMs({ observeMs, widenMs }: { observeMs: number; widenMs: number }): number {
  return observeMs + widenMs + overheadMs
}
