/** The limits of a trial, as an operator configures them. */
import { z } from 'zod'
import { nameSchema } from './name.ts'
import { maxDurationMs } from './quantity.ts'

const dayMs = 86_400_000

/** Milliseconds for applying, rolling back and concluding, in addition to the observations. */
const overheadMs = 15_000
/** Two consecutive trials fit into it, and a cycle that takes no longer ends before the next is due. */
const usualCycleMs = 285_000
/** Two cycles at their slowest. */
const usualWatchMs = 1_200_000
/** No other cycle starts while a cycle observes a trial. */
const longestObservationMs = 1_800_000

const observationSchema = z
  .int()
  .positive()
  .max(
    longestObservationMs,
    'a cycle waits for its trials, so 1800000 (30 minutes) is the maximum; a trial that takes longer runs outside the cycle (longestHours)',
  )
/** Executions of an arm that are judged, the newest ones. A trial that needs more would lose its first ones while it runs. */
export const MAX_OBSERVATIONS = 5_000
/** A kept change is watched for up to this many times the usual time while a part of it could not be judged for lack of data. */
export const MAX_WATCH_FACTOR = 2
/** Freeze windows have the same limit. */
const longestTrialHours = 744

/** The first part of a new configuration on each instance, which is recorded and not judged: the longer of the two counts. */
export const warmUpSchema = z.strictObject({
  samples: z
    .int()
    .min(0)
    .max(1_000)
    .default(0)
    .describe('Number of initial executions of each candidate instance that are not judged'),
  seconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(0)
    .describe('Seconds after the change during which the executions of a candidate instance are not judged'),
})
export type WarmUp = z.infer<typeof warmUpSchema>

export const trialLimitsSchema = z
  .strictObject({
    maxSamples: z
      .int()
      .min(10)
      .max(10_000)
      .default(160)
      .describe(
        'Samples of the metric to improve in the smaller arm (with a single instance: of the change) at which a trial without a proven gain ends undecided. [What counts](how-a-trial-works.md#how-many-samples)',
      ),
    concurrent: z
      .int()
      .positive()
      .max(1_000)
      .default(2)
      .describe('Maximum number of trials running at once in the whole fleet, at aggressiveness 3; other levels scale it'),
    highLoadPercent: z
      .number()
      .min(1)
      .max(100)
      .default(90)
      .describe(
        'Mean CPU or memory use of a host over five minutes, in percent, above which trials in cycles start one at a time and the optimizer does not raise its own aggressiveness; 100 disables this',
      ),
    candidateShare: z
      .number()
      .positive()
      .max(1)
      .default(0.2)
      .describe(
        "Largest share of the fleet's instances that may run unproven values at once, at aggressiveness 3; rounded, but at least one instance; other levels scale it",
      ),
    observeMs: observationSchema
      .default(105_000)
      .describe('Longest observation of a trial within a cycle; a trial that needs more time is run outside the cycle'),
    longestHours: z
      .number()
      .positive()
      .max(longestTrialHours)
      .default(72)
      .describe('Longest observation of a trial outside a cycle; a change that needs more is not tried'),
    concurrentLong: z
      .int()
      .positive()
      .max(1_000)
      .default(4)
      .describe('Maximum number of trials running at once outside cycles, at aggressiveness 3; other levels scale it'),
    alike: z
      .array(nameSchema)
      .refine((kinds) => new Set(kinds).size === kinds.length, 'names a kind twice')
      .default([])
      .describe(
        '[Kinds of agents that are alike](how-a-trial-works.md#agents-that-are-alike): a change that takes too long for a cycle is tried on several of them and judged on all of them together',
      ),
    duringFreeze: z
      .enum(['continue', 'suspend'])
      .default('continue')
      .describe(
        'In a freeze window, a trial outside a cycle continues (`continue`), or its candidates run with the previous values until the window ends (`suspend`)',
      ),
    switchback: z
      .boolean()
      .default(true)
      .describe(
        'Whether a trial outside a cycle on a single instance [alternates](how-a-trial-works.md#a-single-instance-that-alternates) between both settings where the change allows it; if not, it is compared with its past',
      ),
    shortestBlockMs: z
      .int()
      .positive()
      .max(dayMs)
      .default(600_000)
      .describe('Shortest time between two changes of a setting that alternates'),
    warmUp: warmUpSchema
      .prefault({})
      .describe('Initial period after a configuration takes effect, recorded but not judged, except for catastrophes'),
    widenMs: observationSchema.default(20_000).describe('Longest observation of a proven change on half of the instances'),
    watchMs: z
      .int()
      .min(0)
      .max(maxDurationMs)
      .optional()
      .describe(
        `How long every cycle rechecks a kept change, rolling it back if it does harm; by default ${usualWatchMs}, or twice \`cycleMs\` if that is longer; a change from a trial outside a cycle is checked for at least as long as that trial was observed`,
      ),
    lookEveryMs: z.int().positive().max(5_000).default(2_000).describe('Time between two checks of a running trial'),
    acknowledgeMs: z
      .int()
      .positive()
      .max(15_000)
      .default(15_000)
      .describe('How long an instance may take to acknowledge a configuration'),
    restartMs: z
      .int()
      .min(5_000)
      .max(600_000)
      .default(60_000)
      .describe('How long an instance may take to [restart](settings.md#restarts) and announce its new version'),
    historyMs: z
      .int()
      .positive()
      .max(maxDurationMs)
      .default(600_000)
      .describe('How far back a trial looks to learn how instances differed before it'),
    cycleMs: z
      .int()
      .positive()
      .max(dayMs)
      .optional()
      .describe(
        `Time budget of a cycle: the cycle starts no trial that would usually not end within it; by default ${usualCycleMs}, or the time of one trial if that is longer`,
      ),
    lockMs: z
      .int()
      .min(120_000)
      .max(dayMs)
      .default(180_000)
      .describe("Time after which a trial's lock expires if the trial no longer renews it"),
  })
  .superRefine(({ observeMs, widenMs, cycleMs }, context) => {
    const trialMs = computeTrialMs({ observeMs, widenMs })
    if (cycleMs === undefined || cycleMs >= trialMs) return
    const message = `${cycleMs} leaves no time for a single trial, which takes up to ${trialMs} (observeMs ${observeMs} + widenMs ${widenMs} + ${overheadMs}); omit cycleMs, raise it, or lower the others`
    context.addIssue({ code: 'custom', message, path: ['cycleMs'] })
  })
  .transform((limits) => {
    const cycleMs = limits.cycleMs ?? Math.max(usualCycleMs, computeTrialMs(limits))
    return { ...limits, cycleMs, watchMs: limits.watchMs ?? Math.max(usualWatchMs, 2 * cycleMs) }
  })
export type TrialLimits = z.infer<typeof trialLimitsSchema>

/** The longest time that one trial takes, without waits for instances or people. */
export function computeTrialMs({ observeMs, widenMs }: { observeMs: number; widenMs: number }): number {
  return observeMs + widenMs + overheadMs
}
