/** What stands in the way of keeping a change although its gain is proven. */
import type { JudgementCode, TrialDesign } from '../../model/trial.ts'
import type { Guard } from './guard.ts'
import type { LookResult } from './judge.ts'
import type { GuardAssessment } from './reporting-check.ts'
import type { ThroughputAssessment } from './throughput-check.ts'
import type { TrialMetric } from './trial-metric.ts'

/** Share of success that may not seem to be lost, unless that is accepted. */
const MIN_FAILED = 0.035
/** The same before the end of a trial, whose rest shows whether it is lost. */
const MIN_FAILED_SO_FAR = 0.005
/** About one standard error, as a share of the width of an interval: where success varies much, a loss of a few points is often chance. */
const ONE_ERROR = 0.23

/** A guard of a trial with what is seen of it. */
export type GuardFinding = Guard & GuardAssessment & { look: LookResult }

/** What is known of a change whose gain is proven. */
export interface ProvenGain {
  design: TrialDesign
  target: TrialMetric
  /** The gain is one of the slow tail alone. */
  isPartial: boolean
  work: ThroughputAssessment
  /** Whether all metrics of the goal are still reported, and what is seen of the guards. */
  targetReporting: GuardAssessment
  guarded: readonly GuardFinding[]
  /** Whether the trial has no rest that could settle a doubt. */
  atEnd: boolean
  isFading: () => boolean
}

/** A reason not to keep it, as a clause, with the code of the judgement; undefined if there is none. */
export interface KeepObjection {
  reason: string
  code: JudgementCode
}

/** The first doubt about a change whose gain is proven; undefined if it may be kept. */
export function findKeepObjection(gain: ProvenGain): KeepObjection | undefined {
  const { design, target, isPartial, work, targetReporting, guarded, atEnd, isFading } = gain
  const doubtful = (reason: string): KeepObjection => ({ reason, code: 'doubtful' })
  if (work.doubt) return doubtful(work.doubt)
  const unpassed = [targetReporting, ...guarded].find(({ decision }) => decision === 'doubt')
  if (unpassed) return { reason: unpassed.reason, code: unpassed.code ?? 'doubtful' }
  if (isFading()) return doubtful('the gain is fading')
  if (target.quantile !== undefined && design !== 'concurrent')
    return doubtful('a quantile can be proven only against instances without the change')
  const failing = guarded.filter((guard) => seemsToFail(guard, atEnd))
  if (isPartial && failing.length > 0) return doubtful('slow executions may have become failures')
  if (failing.some(({ tolerance }) => tolerance !== undefined)) return doubtful('the success rate seems to have dropped')
  return undefined
}

function seemsToFail({ metric, isAccepted, look }: GuardFinding, atEnd: boolean): boolean {
  if (metric.metric !== 'successRate' || isAccepted || look.effect === null || look.interval === null) return false
  const [low, high] = look.interval
  return -look.effect > (atEnd ? Math.max(MIN_FAILED, ONE_ERROR * (high - low)) : MIN_FAILED_SO_FAR)
}
