import { isTemporary } from '../analysis/eligibility/index.ts'
import { computeMeasuredMetrics, evaluatePromise } from '../analysis/reporting/results/outcome.ts'
import type { Activities, TrialOutcome } from '../contract/activities.ts'
import type { OptimizationResult } from '../model/result.ts'
import type { Verdict } from '../model/trial.ts'
import { lapseApproval } from '../store/approvals.ts'
import { lockAgent } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { findResult, upsertResult } from '../store/results.ts'
import { findStrategy, markStrategySkipped } from '../store/strategies.ts'
import { findTrial, updateTrial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Writes down what a trial came to (B8, B9). A trial that never began leaves a strategy without a result, and with a reason.
 * One whose saga failed was put back and proves nothing, whatever its samples said, unless somebody objected to the change.
 */
export function createConclude({ db }: Dependencies): Activities['conclude'] {
  return (input) => db.transaction().execute((trx) => conclude(trx, input))
}

async function conclude(
  db: Database,
  { trialId, cycleId, verdict: measured, failure, keptBy }: Parameters<Activities['conclude']>[0],
): ReturnType<Activities['conclude']> {
  const strategy = (await findStrategy(db, trialId))!
  // Nobody puts it back, or takes it back, between what is read here and what is written.
  await lockAgent(db, strategy.agentId)
  const trial = await findTrial(db, trialId)
  const reason = failure
    ? `Put back because ${lowerFirst(failure.reason)}`
    : keptBy
      ? `Not proven, but kept by ${keptBy.by}${keptBy.why && `: ${keptBy.why}`}`
      : (trial?.judgement?.reason ?? 'nothing was measured')
  if (!trial) {
    await lapseApproval(db, trialId, failure?.reason ?? reason)
    await markStrategySkipped(db, trialId, failure?.reason ?? reason)
    return {
      trialId,
      agentId: strategy.agentId,
      verdict: 'not-started',
      metric: strategy.targetMetric,
      improvement: null,
      interval: null,
      reason: failure?.reason ?? reason,
      inTheWay: failure !== null && isTemporary(failure.code),
    }
  }
  const takenBack = measured === 'keep' && trial.restoredVersion !== null
  const verdict: Verdict = takenBack
    ? 'roll-back'
    : (measured ?? (failure && objections.has(failure.code) ? 'roll-back' : 'undecided'))
  // An earlier attempt wrote it down, and only a change that was taken back since is written down anew.
  const written = await findResult(db, trialId)
  if (written && (!takenBack || written.verdict === verdict)) return toOutcome(written)
  const { judgement } = trial
  const issues = failure || keptBy ? [reason] : takenBack ? ['it was kept first and taken back later'] : []
  const result: OptimizationResult = {
    strategy,
    executionTime: (trial.endedAt ?? new Date()).getTime() - trial.startedAt.getTime(),
    success: verdict === 'keep',
    actualImprovement: judgement?.improvement ?? null,
    interval: judgement?.interval ?? null,
    promised: evaluatePromise(strategy, judgement?.improvement ?? null),
    verdict,
    judged: failure === null && !keptBy,
    ...(keptBy && { keptBy: keptBy.by }),
    design: trial.design,
    samples: judgement?.samples ?? { control: 0, candidate: 0 },
    metrics: trial.metrics ?? { before: nothing, after: nothing },
    reason,
    issues: [...trial.issues, ...issues],
    timestamp: new Date().toISOString(),
  }
  await upsertResult(db, cycleId, result)
  await updateTrial(db, trialId, { issues })
  return toOutcome(result)
}

function toOutcome({ strategy, verdict, actualImprovement, interval, reason }: OptimizationResult): TrialOutcome {
  return {
    trialId: strategy.id,
    agentId: strategy.agentId,
    verdict,
    metric: strategy.targetMetric,
    improvement: actualImprovement,
    interval,
    reason,
  }
}

/** Somebody said no to the change itself: the agent, a person, or the operator's limits. */
const objections = new Set(['refused', 'asked', 'limited'])

/** The figures of a trial that ended before it was judged. */
const nothing = computeMeasuredMetrics({ executions: [], negotiations: [] })

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
