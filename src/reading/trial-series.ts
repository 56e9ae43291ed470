import { z } from 'zod'
import { createTrialJudge, type GuardLook } from '../analysis/judging/index.ts'
import { computeMetricEffects } from '../analysis/reporting/results/index.ts'
import { getMinKeptImprovement } from '../analysis/statistics/worthwhile-effect.ts'
import { buildTrialGoal } from '../analysis/trials/goal.ts'
import { selectBlockObservations } from '../analysis/trials/switchback-plan.ts'
import { createWarmUpJudge } from '../analysis/trials/warm-up.ts'
import { getRestoreWorkflowId } from '../contract/workflows.ts'
import { OptimizerError } from '../model/errors.ts'
import { getRecordedMetric } from '../model/metric.ts'
import { metricEffectSchema } from '../model/metric-effect.ts'
import { describeBound } from '../model/objective-text.ts'
import { type Strategy, strategySchema } from '../model/strategy.ts'
import type { Sample } from '../model/trial.ts'
import { intervalSchema } from '../model/trial.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { findResult } from '../store/results.ts'
import { findStrategy } from '../store/strategies.ts'
import { findTrial, type Trial } from '../store/trials.ts'
import { findRunningRestore } from '../temporal/running-restores.ts'
import type { ObservedArm, ObservedArms } from '../trials/observations.ts'
import { observeExcludingWarmUp } from '../trials/observe-excluding-warm-up.ts'
import type { ReadContext } from './context.ts'
import { shownMetricSchema, toDisplayedMetric } from './fleet.ts'
import { readFromTemporal } from './temporal.ts'
import { trialSchema } from './trials.ts'

/** Points of the series, and bins of the distributions. */
const maxLooks = 20
const bins = 32

const lookSchema = z.object({
  at: z.number().describe('Time of the check, milliseconds since the epoch'),
  samples: z.int().describe('Number of samples in the smaller arm'),
  improvement: z.number().nullable(),
  interval: intervalSchema.nullable(),
})

const binsSchema = z.object({
  from: z.number(),
  to: z.number(),
  control: z.int(),
  candidate: z.int(),
})

export const trialSeriesSchema = z.object({
  trial: trialSchema,
  strategy: strategySchema,
  metric: shownMetricSchema.describe('The metric that the trial aims to improve'),
  keepFrom: z.number().describe('The smallest improvement that is kept: percent for a quantity, points for a share'),
  maxSamples: z.int().describe('Number of samples per arm at which the trial ends'),
  canGiveUp: z
    .boolean()
    .describe('Whether a separate workflow is restoring the previous values; you can then stop it waiting for instances'),
  looks: z.array(lookSchema).describe('What the judge saw as the samples came in, oldest first'),
  distribution: z
    .array(binsSchema)
    .describe(
      'Histogram of the values of both arms, in ascending order; the last bin contains the rest. Empty for a ratio of sums',
    ),
  effects: z.array(metricEffectSchema).describe('The effect of the change on each metric: so far, or the final one'),
  guards: z
    .array(
      shownMetricSchema.omit({ name: true }).extend({
        metric: z.string(),
        tolerance: z
          .number()
          .nullable()
          .describe('The tolerated loss, percent or points; null if the metric only has to meet its limits'),
        limits: z.array(z.string()).describe('The limits that the objective sets on the metric, in words'),
        state: z
          .enum(['unharmed', 'unclear', 'harmed'])
          .nullable()
          .describe("The judge's latest view; `unclear` if harm is not ruled out, null before the first look"),
        looks: z.array(lookSchema).describe('The effect on the metric as the samples came in, oldest first'),
      }),
    )
    .describe('The guardrails: metrics that must not be harmed'),
})
export type TrialSeries = z.infer<typeof trialSeriesSchema>
type Look = z.infer<typeof lookSchema>

/** Reads how trials went. A look of the judge does not change, so it is computed once; more may come as long as the trial runs. */
export function createTrialSeriesReader(context: ReadContext): (id: string) => Promise<TrialSeries> {
  const { db, config } = context
  const seen = new Map<string, { observed: Observed; endedAt: number | undefined }>()
  /** @throws OptimizerError `unknown-trial` */
  return async (id) => {
    const [trial, strategy, result, catalogue] = await Promise.all([
      findTrial(db, id),
      findStrategy(db, id),
      findResult(db, id),
      loadCatalogue(db, config.metrics),
    ])
    if (!trial || !strategy)
      throw new OptimizerError('unknown-trial', `There is no trial ${id}; /api/results lists the trials that ended.`)
    const metric = getRecordedMetric(strategy, strategy.targetMetric)
    const known = seen.get(id)
    const endedAt = trial.endedAt?.getTime()
    const isComplete = known !== undefined && endedAt !== undefined && known.endedAt === endedAt
    const observed = isComplete ? known.observed : await observe(context, trial, strategy, known?.observed)
    seen.delete(id)
    seen.set(id, { observed, endedAt })
    if (seen.size > 20) seen.delete(seen.keys().next().value!)
    const { judgement, metrics } = trial
    const { improvement: actualImprovement = null, interval = null, isPartial } = judgement ?? {}
    const measured = { actualImprovement, interval, isPartial, strategy }
    return {
      trial,
      strategy,
      metric: toDisplayedMetric(metric),
      keepFrom: getMinKeptImprovement(metric),
      maxSamples: trial.maxSamples ?? config.trials.maxSamples,
      canGiveUp: trial.state === 'restoring' && (await isRestoredElsewhere(context, id)),
      looks: observed.looks,
      distribution: observed.distribution,
      effects: result?.effects ?? (metrics ? computeMetricEffects({ ...measured, metrics }, catalogue) : []),
      guards: buildTrialGoal(strategy).guards.map(({ metric: { metric: name }, tolerance }) => {
        const metric = getRecordedMetric(strategy, name)
        const { name: _, ...shown } = toDisplayedMetric(metric)
        return {
          ...shown,
          metric: name,
          tolerance: tolerance === undefined ? null : 100 * tolerance,
          limits: (strategy.objective?.subjectTo ?? [])
            .filter((bound) => bound.metric === name)
            .map((bound) => describeBound(bound, metric)),
          ...describeGuardLooks(observed.guards.filter((look) => look.metric === name)),
        }
      }),
    }
  }
}

const guardStates = { pass: 'unharmed', doubt: 'unclear', 'roll-back': 'harmed' } as const

function describeGuardLooks(looks: Observed['guards']): Pick<TrialSeries['guards'][number], 'state' | 'looks'> {
  const latest = looks.at(-1)
  return {
    state: latest ? guardStates[latest.decision] : null,
    looks: looks.map(({ at, samples, improvement, interval }) => ({ at, samples, improvement, interval })),
  }
}

/** Whether a restore is running in a separate workflow; false also if Temporal does not answer. */
async function isRestoredElsewhere(context: ReadContext, trialId: string): Promise<boolean> {
  const find = () => findRunningRestore(context.temporal, getRestoreWorkflowId(trialId))
  return (await readFromTemporal(context, find)) !== undefined
}

/** The results computed from the observations. */
interface Observed extends Pick<TrialSeries, 'looks' | 'distribution'> {
  /** The looks at all guardrails, oldest first. */
  guards: (Look & Pick<GuardLook, 'metric' | 'decision'>)[]
}

/** Judges again, by the trial's own evidence, what was known at some times of the first step. @param known what an earlier call observed */
async function observe(context: ReadContext, trial: Trial, strategy: Strategy, known?: Observed): Promise<Observed> {
  if (!trial.observingAt) return { looks: [], distribution: [], guards: [] }
  const { history, look, cut } = await observeExcludingWarmUp(context, { trial, strategy, step: 'candidate' })
  const maxSamples = trial.maxSamples ?? context.config.trials.maxSamples
  const goal = buildTrialGoal(strategy)
  const options = { goal, design: trial.design, history, maxSamples }
  const judge = createWarmUpJudge(options, cut)
  const guardJudge = createTrialJudge(options)
  const isPast = trial.design === 'before-after'
  const until = (trial.widenedAt ?? trial.endedAt)?.getTime() ?? Date.now()
  const everything = await look()
  const observed = trial.design === 'switchback' ? selectBlockObservations(everything) : everything
  const arms = takeUntil(observed, until, isPast)
  const { judged } = cut(arms)
  const control = goal.target.samplesOf(judged.control)
  const candidate = goal.target.samplesOf(judged.candidate)
  const times = [candidate, ...(isPast ? [] : [control])].map((samples) => samples.map(({ at }) => at).sort((a, b) => a - b))
  const reached = Math.min(...times.map(({ length }) => length))
  const step = Math.max(5, Math.ceil(maxSamples / maxLooks))
  const looks: Look[] = []
  const guards: Observed['guards'] = []
  for (let samples = 10; samples <= reached; samples += step) {
    const before = known?.looks.find((one) => one.samples === samples)
    const at = Math.max(...times.map((sorted) => sorted[samples - 1]!))
    looks.push(before ?? { at, samples, ...judgeAt(at, samples) })
    guards.push(...(before ? known!.guards.filter((one) => one.at === before.at) : judgeGuardsAt(at)))
  }
  const final = trial.widenedAt !== null || trial.endedAt !== null
  if (looks.length > 0) guards.push(...judgeGuardsAt(until, final))
  return { looks, distribution: countByBin(control, candidate), guards }

  function judgeAt(at: number, samples: number): Pick<Look, 'improvement' | 'interval'> {
    const { improvement, interval } = judge.look(takeUntil(arms, at, isPast), { final: samples >= maxSamples })
    return { improvement, interval }
  }

  function judgeGuardsAt(at: number, final = false): Observed['guards'] {
    const { judged } = cut(takeUntil(arms, at, isPast))
    return guardJudge.lookAtGuards(judged, { final }).map(({ samples, ...look }) => ({
      at,
      samples: isPast ? samples.candidate : Math.min(samples.control, samples.candidate),
      ...look,
    }))
  }
}

/** The observations up to a time; a control that is the candidate's own past stays whole. */
function takeUntil(arms: ObservedArms, until: number, isPast: boolean): ObservedArms {
  const take = ({ executions, negotiations }: ObservedArm) => ({
    executions: executions.filter(({ at }) => at <= until),
    negotiations: negotiations.filter(({ at }) => at <= until),
  })
  const blocks = arms.blocks?.filter(({ to }) => to <= until)
  const control = isPast ? arms.control : take(arms.control)
  return { control, candidate: take(arms.candidate), ...(blocks && { blocks: blocks.slice(0, blocks.length & ~1) }) }
}

/** The values of both arms in bins of equal width; the last has everything above the 98th percentile. An execution has no ratio of sums. */
function countByBin(control: readonly Sample[], candidate: readonly Sample[]): TrialSeries['distribution'] {
  const samples = [...control, ...candidate]
  if (samples.some(({ per }) => per !== undefined)) return []
  const all = samples.map(({ value }) => value).sort((a, b) => a - b)
  const lowest = all[0]
  if (lowest === undefined) return []
  const highest = all[Math.floor(0.98 * (all.length - 1))]!
  const width = (highest - lowest) / bins || 1
  const binOf = (value: number) => Math.min(bins - 1, Math.floor((value - lowest) / width))
  const counted = Array.from({ length: bins }, (_, index) => {
    return { from: lowest + index * width, to: lowest + (index + 1) * width, control: 0, candidate: 0 }
  })
  for (const { value } of control) counted[binOf(value)]!.control++
  for (const { value } of candidate) counted[binOf(value)]!.candidate++
  return counted
}
