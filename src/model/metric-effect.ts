import { z } from 'zod'
import { describeImprovement } from './format.ts'
import { metricDeclarationSchema } from './metric.ts'
import { intervalSchema } from './trial.ts'

/** What a trial did to one of the metrics that it measured, its target or not. */
export const metricEffectSchema = metricDeclarationSchema.pick({ unit: true, kind: true, direction: true }).extend({
  metric: z.string().describe('Name of a metric, or of a statistic such as `responseTimeP95` or `responseTimeVariance`'),
  label: z.string(),
  before: z.number().nullable().describe('Without the change, as measured'),
  after: z.number().nullable().describe('With the change, as measured'),
  improvement: z.number().describe('Percent of a quantity, points of a share; below 0 it became worse'),
  interval: intervalSchema
    .nullable()
    .describe("Interval of the improvement: the judge's for the target, otherwise the plain one of 95%"),
  effect: z
    .enum(['gained', 'lost', 'unclear'])
    .describe('Whether the whole interval is an improvement (`gained`), or the opposite (`lost`)'),
  bounds: z
    .array(z.object({ bound: z.string(), holds: z.boolean() }))
    .describe('Bounds of the objective on this metric, and whether the measured figure is within them'),
})
export type MetricEffect = z.infer<typeof metricEffectSchema>

const groups = { gained: 'Gained', lost: 'Cost', unclear: 'No clear change' } as const

/** What was gained, what it cost, and what did not change clearly, with the effects in each group; empty groups are left out. */
export const groupEffects = (effects: readonly MetricEffect[]): { title: string; effects: MetricEffect[] }[] =>
  Object.entries(groups)
    .map(([effect, title]) => ({ title, effects: effects.filter((each) => each.effect === effect) }))
    .filter((group) => group.effects.length > 0)

/** "quality score 1.0 points lower (2.0 points lower to unchanged), within its bound of at least 80%"; briefly without the interval. */
export function describeEffect(
  { metric: name, improvement, interval, bounds, ...traits }: MetricEffect,
  briefly = false,
): string {
  const metric = { ...traits, name, description: '', grain: 'execution' as const, source: 'declared' as const }
  const standing = bounds.map(({ bound, holds }) => `${holds ? 'within' : 'outside'} its bound of ${bound}`)
  return [describeImprovement(metric, improvement, briefly ? null : interval), ...standing].join(', ')
}
