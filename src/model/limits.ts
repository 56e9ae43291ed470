import { Cron } from 'croner'
import { z } from 'zod'
import { parseDateTime } from './date-time.ts'
import { type MarketBound, marketBoundSchema } from './market.ts'
import { choosableMetricNameSchema } from './metric.ts'
import { knobNameSchema, nameSchema } from './name.ts'
import { aggressivenessSchema } from './policy.ts'
import { maxDurationMs } from './quantity.ts'
import { textSchema } from './text.ts'

const whom = {
  agent: nameSchema.optional().describe('Only this agent'),
  kind: nameSchema.optional().describe('Only agents of this kind'),
}
const which = { ...whom, knob: knobNameSchema.optional().describe('Only this knob') }
const maxTrials = 10_000
const share = z.number().positive().max(1)

const neverTouchSchema = z.strictObject(which).refine((rule) => Object.keys(rule).length > 0, 'name an agent, a kind or a knob')
const maxStepSchema = z.strictObject({
  ...which,
  share: share.describe("Largest change in one trial, as a share of the knob's range on its scale"),
})
const floors = {
  successRate: z.number().min(0).max(1).optional().describe('Lowest acceptable success rate'),
  coordinationScore: z.number().min(0).max(1).optional().describe('Lowest acceptable coordination score'),
  responseTimeMs: z
    .number()
    .positive()
    .max(maxDurationMs)
    .optional()
    .describe('Highest acceptable median response time, milliseconds'),
}
const floorSchema = z
  .strictObject({
    ...whom,
    ...floors,
    metric: choosableMetricNameSchema.optional().describe('Any other metric that executions report, such as `qualityScore`'),
    min: z.number().optional().describe('Lowest acceptable mean of `metric`'),
    max: z.number().optional().describe('Highest acceptable mean of `metric`'),
  })
  .refine(
    (rule) => [...Object.keys(floors), 'metric'].some((floor) => floor in rule),
    `set at least one of ${[...Object.keys(floors), 'metric'].join(', ')}`,
  )
  .refine(
    ({ metric, min, max }) => (metric === undefined) === (min === undefined && max === undefined),
    'set a metric with a min or a max',
  )
  .refine(({ min, max }) => !(min! > max!), 'min is above max')
const freezeSchema = z
  .strictObject({
    ...whom,
    begins: z
      .string()
      .describe(
        'Start of the window: a cron expression of five fields, or a date and time that exists, such as `2026-12-24T12:00`',
      ),
    hours: z.number().positive().max(744).describe('Length of the window'),
    timeZone: z.string().default('UTC').describe('IANA time zone of `begins`, by default UTC'),
    why: textSchema.optional().describe('Shown as the reason why no trial starts'),
  })
  .superRefine((window, context) => {
    const problem = findProblem(window)
    if (problem) context.addIssue({ code: 'custom', message: problem, path: ['begins'] })
  })
export type FreezeWindow = z.infer<typeof freezeSchema>

/** The operator's limits: the optimizer reads them and never writes them. Omitted limits do not apply. */
export const limitsSchema = z
  .strictObject({
    maxConcurrentTrials: z
      .int()
      .min(1)
      .max(maxTrials)
      .optional()
      .describe('Maximum number of trials running at once in the whole fleet'),
    maxCandidateShare: share
      .optional()
      .describe(
        "Largest share of the fleet's instances that may run unproven values at once; rounded down, but at least one instance",
      ),
    minAggressiveness: aggressivenessSchema.optional().describe('Lowest aggressiveness that the optimizer may choose by itself'),
    maxAggressiveness: aggressivenessSchema.optional().describe('Highest aggressiveness, even if an operator asks for more'),
    maxChangesPerHour: z
      .int()
      .min(1)
      .max(maxTrials)
      .optional()
      .describe('Maximum number of trials started on one agent within an hour'),
    maxVolatilityPercent: z
      .number()
      .positive()
      .max(1_000)
      .optional()
      .describe(
        'Highest volatility of the market at which a trial may start: the standard deviation of the changes between the latest 100 prices, percent',
      ),
    market: z
      .array(marketBoundSchema)
      .default([])
      .describe('Ranges of market metrics within which trials may start; none starts while one of them is unknown or too old'),
    neverTouch: z.array(neverTouchSchema).default([]).describe('Knobs that no trial may change'),
    maxSteps: z
      .array(maxStepSchema)
      .default([])
      .describe('How far one trial may change a numeric knob; the tightest matching rule applies'),
    floors: z
      .array(floorSchema)
      .default([])
      .describe('Limits on metrics: a change is not kept if its instances violate a floor and are worse than the others'),
    freeze: z
      .array(freezeSchema)
      .default([])
      .describe(
        'Time windows during which no trial starts; running trials of a cycle finish, and `trials.duringFreeze` applies to the others',
      ),
  })
  .superRefine(({ minAggressiveness: min = 1, maxAggressiveness: max = 5 }, context) => {
    if (min > max) context.addIssue({ code: 'custom', message: `minAggressiveness (${min}) is above maxAggressiveness (${max})` })
  })
export type Limits = z.infer<typeof limitsSchema>
/** Limits on the market. */
export const listMarketBounds = ({ maxVolatilityPercent: max, market }: Limits): MarketBound[] => [
  ...(max === undefined ? [] : [{ metric: 'volatility' as const, max }]),
  ...market,
]

export const noLimits: Limits = limitsSchema.parse({})

/** Whether a rule applies to this agent. */
export function ruleAppliesTo(
  rule: { agent?: string; kind?: string },
  { agentId, kind }: { agentId: string; kind: string },
): boolean {
  return (rule.agent ?? agentId) === agentId && (rule.kind ?? kind) === kind
}

/**
 * Parses the start of a window.
 * @throws Error with the reason if it is neither a cron expression nor a date that exists
 */
export function parseFreezeStart({ begins, timeZone }: Pick<FreezeWindow, 'begins' | 'timeZone'>): Cron | Date {
  if (/^\d{4}-/.test(begins)) return parseDateTime(begins, timeZone)
  return new Cron(begins, { timezone: timeZone, mode: '5-part' })
}

function findProblem({ begins, timeZone }: FreezeWindow): string | undefined {
  try {
    Intl.DateTimeFormat('en', { timeZone })
    const start = parseFreezeStart({ begins, timeZone })
    return start instanceof Date || start.nextRun(new Date(0)) ? undefined : `${begins} never occurs`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
