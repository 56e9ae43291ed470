import type { MetricCatalogue } from '../../../model/metric.ts'
import { toKindAndDirection } from '../../../model/metric.ts'
import type { MetricEffect } from '../../../model/metric-effect.ts'
import type { ArmMetrics } from '../../../model/result.ts'
import type { SuccessMetric, SuccessOutcome } from '../../../model/success-metric.ts'
import { compareFigures } from '../../statistics/figures.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import { getFigureName, readFigure } from './effects.ts'

/**
 * Evaluates the success criteria of a strategy (B5) by what its trial measured. A limit is met if the value with the change is within
 * it, just as a bottleneck is found by the value; a change relative to the control is met only if chance is ruled out.
 * @param effects of the same trial: the judge's interval counts where it has one
 */
export function evaluateSuccessMetrics(
  criteria: readonly SuccessMetric[],
  { metrics, effects }: { metrics: ArmMetrics; effects: readonly MetricEffect[] },
  catalogue: MetricCatalogue,
): SuccessOutcome[] {
  return criteria.map((criterion) => {
    const { metric: name, statistic, aim, limit } = criterion
    const metric = name === undefined ? undefined : catalogue.get(name)
    if (!metric || !aim) return unmeasured(criterion)
    const isLimit = aim === 'at-least' || aim === 'at-most'
    // The change of the response time is that of its median, as judged; a threshold is one on its mean.
    const figure = statistic || isLimit ? getFigureName(metric.name, statistic) : metric.name
    const [before, after] = [readFigure(metrics.before, figure), readFigure(metrics.after, figure)]
    const known = effects.find((effect) => effect.metric === figure)
    const plain = before && after ? compareFigures(toKindAndDirection(metric), before, after) : null
    const compared = known ?? plain
    const measured = {
      ...criterion,
      kind: metric.kind,
      unit: statistic === 'variance' ? `${metric.unit}²` : metric.unit,
      before: before?.value ?? null,
      after: after?.value ?? null,
      improvement: compared ? roundToDecimals(compared.improvement) : null,
      interval: (compared?.interval?.map((end) => roundToDecimals(end)) as [number, number] | undefined) ?? null,
    }
    if (isLimit) {
      if (!after || limit === undefined) return unmeasured(criterion)
      const isMet = aim === 'at-least' ? after.value >= limit : after.value <= limit
      return { ...measured, outcome: isMet ? 'met' : 'not-met' }
    }
    if (!compared) return unmeasured(criterion)
    const isBetter = (aim === 'increase') === (metric.direction === 'higher')
    const [low, high] = compared.interval ?? [0, 0]
    return { ...measured, outcome: (isBetter ? low > 0 : high < 0) ? 'met' : 'not-met' }
  })
}

const unmeasured = (criterion: SuccessMetric): SuccessOutcome => ({
  ...criterion,
  outcome: 'not-measured',
  before: null,
  after: null,
  improvement: null,
  interval: null,
})
