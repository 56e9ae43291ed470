import type { DecisionReading } from '../../../model/readings.ts'
import { mean, RatioCollector, ratio } from './arithmetic.ts'

/** What the newest decisions of one agent say (C1). Their JSON is the agent's own: what is not usable is counted and left out. */
export function computeDecisionMetrics(decisions: readonly DecisionReading[]) {
  const confidence = new RatioCollector()
  const autonomy = new RatioCollector()
  const performanceScore = new RatioCollector()
  const adaptation = new RatioCollector()
  const outcomes: boolean[] = []
  let ignored = 0
  for (const decision of decisions) {
    confidence.add(decision.confidence)
    autonomy.add(decision.autonomy)
    performanceScore.add(decision.performanceScore)
    adaptation.add(adapted(decision.learningAdjustments))
    if (typeof decision.success === 'boolean') outcomes.push(decision.success)
    else if (decision.success !== null && decision.success !== undefined) ignored++
  }
  return {
    confidence: mean(confidence.values),
    autonomy: mean(autonomy.values),
    performanceScore: mean(performanceScore.values),
    adaptationScore: mean(adaptation.values),
    accuracyRate: ratio(outcomes.filter(Boolean).length, outcomes.length),
    ignored: ignored + confidence.ignored + autonomy.ignored + performanceScore.ignored + adaptation.ignored,
  }
}

/**
 * How far a decision changed how the agent decides (C1 leaves it open): 1 where its feedback lists adjustments, 0 where it
 * lists none, and what the agent says where it says a ratio. The adaptation score is the mean.
 */
function adapted(adjustments: unknown): unknown {
  if (typeof adjustments === 'boolean') return Number(adjustments)
  if (typeof adjustments === 'object' && adjustments !== null) return Math.min(1, Object.keys(adjustments).length)
  return adjustments
}
