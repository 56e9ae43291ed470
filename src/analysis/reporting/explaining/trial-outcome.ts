import { describeImprovement } from '../../../model/format.ts'
import { getRecordedMetric } from '../../../model/metric.ts'
import { describeOutcome, type StandingResult } from '../../../model/result.ts'
import type { Strategy } from '../../../model/strategy.ts'
import type { Judgement, TrialState } from '../../../model/trial.ts'

/** How a trial went or goes: "keep, is in force (response time is better), 23.4% faster (12.1 to 33.0% faster)", "observing, 5.0% faster" */
export function describeTrialOutcome({
  strategy,
  state,
  judgement,
  result,
}: {
  strategy: Strategy
  state: TrialState
  judgement: Judgement | null
  result: StandingResult | null
}): string {
  const improvement = result ? result.actualImprovement : (judgement?.improvement ?? null)
  const interval = result ? result.interval : (judgement?.interval ?? null)
  const outcome = result ? `${describeOutcome(result)} (${result.reason})` : state
  return `${outcome}, ${describeImprovement(getRecordedMetric(strategy, strategy.targetMetric), improvement, interval)}`
}
