import { Cron } from 'croner'
import { z } from 'zod'
import { nameSchema } from './knob.ts'
import { levelSchema } from './policy.ts'

const whom = {
  agent: nameSchema.optional().describe('Only this agent'),
  kind: nameSchema.optional().describe('Only agents of this kind'),
}
const which = { ...whom, knob: nameSchema.optional().describe('Only the knob of this name') }
const share = z.number().positive().max(1)

const neverTouchSchema = z
  .strictObject(which)
  .refine((rule) => Object.keys(rule).length > 0, 'names neither an agent, a kind nor a knob')
const maxStepSchema = z.strictObject({
  ...which,
  share: share.describe('Largest change in one trial, as a share of the way between the bounds of the knob, on its scale'),
})
const floors = {
  successRate: z.number().min(0).max(1).optional().describe('Least success rate'),
  coordinationScore: z.number().min(0).max(1).optional().describe('Least coordination score'),
  responseTimeMs: z.number().positive().optional().describe('Longest median response time, milliseconds'),
}
const floorSchema = z
  .strictObject({ ...whom, ...floors })
  .refine(
    (rule) => Object.keys(floors).some((floor) => floor in rule),
    `holds nothing; give it ${Object.keys(floors).join(', ')} or several of them`,
  )
const freezeSchema = z
  .strictObject({
    ...whom,
    begins: z.string().describe('When a window begins: a cron pattern of five parts, or a date and time like `2026-12-24T12:00`'),
    hours: z.number().positive().max(744).describe('How long it lasts'),
    timeZone: z.string().default('UTC').describe('IANA name of the time zone that `begins` is meant in, by default UTC'),
    why: z.string().optional().describe('Said to whoever asks why nothing is tried'),
  })
  .superRefine((window, context) => {
    const wrong = wrongWith(window)
    if (wrong) context.addIssue({ code: 'custom', message: wrong, path: ['begins'] })
  })
export type FreezeWindow = z.infer<typeof freezeSchema>

/** The operator's brake: the optimizer reads it and never writes it. What is left out is not limited. */
export const limitsSchema = z
  .strictObject({
    maxConcurrentTrials: z.int().min(1).optional().describe('Trials that run at once, in the whole fleet'),
    maxCandidateShare: share
      .optional()
      .describe('Instances of the fleet that may run with unproven values at once, rounded down, at least one'),
    minAggressiveness: levelSchema.optional().describe('The least aggressiveness that the optimizer may adapt itself to'),
    maxAggressiveness: levelSchema.optional().describe('The highest aggressiveness, whoever asks for it'),
    maxChangesPerHour: z.int().min(1).optional().describe('Trials that begin on one agent within an hour'),
    neverTouch: z.array(neverTouchSchema).default([]).describe('Knobs on which nothing is tried'),
    maxSteps: z
      .array(maxStepSchema)
      .default([])
      .describe('How far one trial may turn a numeric knob; the tightest that fits holds'),
    floors: z
      .array(floorSchema)
      .default([])
      .describe('What a change must not cost: it is not kept where its instances are beyond a floor and worse than the others'),
    freeze: z
      .array(freezeSchema)
      .default([])
      .describe('Windows of time in which no trial begins; those that run go on to their end'),
  })
  .superRefine(({ minAggressiveness: min = 1, maxAggressiveness: max = 5 }, context) => {
    if (min > max) context.addIssue({ code: 'custom', message: `minAggressiveness, ${min}, is above maxAggressiveness, ${max}` })
  })
export type Limits = z.infer<typeof limitsSchema>
export const noLimits: Limits = limitsSchema.parse({})

/** Whether a rule is about this agent. */
export function ruleAppliesTo(
  rule: { agent?: string; kind?: string },
  { agentId, kind }: { agentId: string; kind: string },
): boolean {
  return (rule.agent ?? agentId) === agentId && (rule.kind ?? kind) === kind
}

/** The pattern of a window, ready to be asked for its moments. @throws TypeError when it is none */
export const parseFreezeCron = ({ begins, timeZone }: Pick<FreezeWindow, 'begins' | 'timeZone'>) =>
  new Cron(begins, { timezone: timeZone, mode: '5-part' })

function wrongWith({ begins, timeZone }: FreezeWindow): string | undefined {
  try {
    Intl.DateTimeFormat('en', { timeZone })
    return parseFreezeCron({ begins, timeZone }).nextRun(new Date(0)) ? undefined : `${begins} never comes`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
