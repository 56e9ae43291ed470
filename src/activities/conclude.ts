import { isTemporary } from '../analysis/eligibility/index.ts'
import {
  comparePrediction,
  computeMeasuredMetrics,
  computeMetricEffects,
  evaluateSuccessMetrics,
} from '../analysis/reporting/results/index.ts'
import type { Config } from '../config/config.ts'
import type { Activities, TrialOutcome } from '../contract/activities.ts'
import { keepRequestSchema } from '../model/commands.ts'
import type { OptimizationResult } from '../model/result.ts'
import { replaceInvisibleSender } from '../model/text.ts'
import type { Verdict } from '../model/trial.ts'
import { recordApprovalLapse } from '../store/approvals.ts'
import { lockAgent } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { hasUnbrokenContactSince, listKnownInstances } from '../store/instance-liveness.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { findResult, recordUndo, upsertResult } from '../store/results.ts'
import { findStrategy, markStrategySkipped } from '../store/strategies.ts'
import { findTrial, publishTrialState, type Trial, updateTrial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { propagateRollback } from './pool.ts'

/**
 * Records the result of a trial (B8, B9). A trial that never started leaves its strategy without a result but with a reason. One whose
 * saga failed was rolled back and proves nothing, whatever its samples showed, unless someone objected to the change, or the
 * candidates did not come up with it.
 */
export function createConcludeActivity(dependencies: Dependencies): Activities['conclude'] {
  const { db, config } = dependencies
  return async (input) => {
    const outcome = await db.transaction().execute((trx) => conclude(trx, config, input))
    await propagateRollback(dependencies, (await findStrategy(db, input.trialId))!, input.failure)
    return outcome
  }
}

async function conclude(
  db: Database,
  config: Config,
  { trialId, cycleId, verdict: measured, failure, ...ended }: Parameters<Activities['conclude']>[0],
): ReturnType<Activities['conclude']> {
  // A workflow of an earlier version names the reason otherwise, and took names that cannot be seen.
  const keptBy = ended.keptBy && keepRequestSchema.parse(replaceInvisibleSender(ended.keptBy))
  const strategy = (await findStrategy(db, trialId))!
  // Nothing may roll it back between the reads and the writes below.
  await lockAgent(db, strategy.agentId)
  const trial = await findTrial(db, trialId)
  const reason = failure
    ? `Rolled back: ${lowerFirst(failure.reason)}`
    : keptBy
      ? `Kept by ${keptBy.by} without proof${keptBy.reason && `: ${keptBy.reason}`}`
      : (trial?.judgement?.reason ?? 'nothing was measured')
  if (!trial) {
    await recordApprovalLapse(db, trialId, failure?.reason ?? reason)
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
  const ender = failure && (enders[failure.code] ?? ((await didNotComeUp(db, trial, failure.code)) ? 'agent' : undefined))
  const verdict: Verdict = measured ?? (ender ? 'roll-back' : 'undecided')
  const undoing = 'it was kept at first and rolled back later'
  const wasUndone = (measured === 'keep' || Boolean(keptBy)) && trial.restoredVersion !== null
  // An earlier attempt recorded it, and only a rollback since is recorded as well.
  if (await findResult(db, trialId)) {
    if (wasUndone) await recordUndo(db, trialId, { reason: undoing, harmful: false })
    return toOutcome((await findResult(db, trialId))!)
  }
  const { judgement } = trial
  const issues = failure || keptBy ? [reason] : wasUndone ? [undoing] : []
  const measurement = {
    actualImprovement: judgement?.improvement ?? null,
    interval: judgement?.interval ?? null,
    metrics: trial.metrics ?? { before: nothing, after: nothing },
  }
  const catalogue = await loadCatalogue(db, config.metrics)
  const effects = computeMetricEffects({ strategy, ...measurement, isPartial: judgement?.isPartial }, catalogue)
  const result: OptimizationResult = {
    strategy,
    executionTime: (trial.endedAt ?? new Date()).getTime() - trial.startedAt.getTime(),
    success: verdict === 'keep',
    ...measurement,
    effects,
    successMetrics: evaluateSuccessMetrics(strategy.successMetrics, { metrics: measurement.metrics, effects }, catalogue),
    promised: comparePrediction(strategy, judgement?.improvement ?? null),
    verdict,
    judged: (failure === null && !keptBy) || failure?.code === 'harmful',
    endedBy: keptBy ? 'person' : failure ? (ender ?? 'failure') : 'judge',
    ...(keptBy && { keptBy: keptBy.by }),
    ...(failure?.by && { rolledBackBy: failure.by }),
    ...(wasUndone && { undone: { at: new Date().toISOString(), reason: undoing, harmful: false } }),
    design: trial.design,
    samples: judgement?.samples ?? { control: 0, candidate: 0 },
    reason,
    issues: [...trial.issues, ...issues],
    timestamp: new Date().toISOString(),
  }
  await upsertResult(db, cycleId, result)
  await updateTrial(db, trialId, { issues })
  const { success, actualImprovement, interval } = result
  await publishTrialState(db, trialId, { result: { verdict, success, actualImprovement, interval, reason } })
  return toOutcome(result)
}

function toOutcome({ strategy, verdict, actualImprovement, interval, reason, undone }: OptimizationResult): TrialOutcome {
  return {
    trialId: strategy.id,
    agentId: strategy.agentId,
    verdict,
    metric: strategy.targetMetric,
    declared: strategy.declared?.filter(({ name }) => name === strategy.targetMetric),
    improvement: actualImprovement,
    interval,
    reason,
    ...(undone && { undone: true }),
  }
}

/** Who ended a trial by objecting to the change itself, by the code of the failure; `harmful` if a person said that it did harm. */
const enders: Record<string, OptimizationResult['endedBy']> = {
  refused: 'agent',
  asked: 'person',
  harmful: 'person',
  limited: 'limits',
}

/** The failures of instances that answered without putting a version in force, and of those that gave no answer. */
const notInForce = ['drifting', 'wrong-version', 'not-in-force']
const unanswered = ['not-restarted', 'not-acknowledged']

/**
 * Whether the candidates never ran with the change because of the change: one answered, but ran with something else, or it ended or fell silent
 * while the optimizer heard another instance all the time, so that not the network was away. An instance that leaves without having been asked to
 * restart is shut down by others, and one that a new instance replaces may have been as well.
 */
async function didNotComeUp(db: Database, trial: Trial, code: string): Promise<boolean> {
  const { agentId, candidateInstances, controlInstances, startedAt, observingAt } = trial
  if (observingAt) return false
  if (!unanswered.includes(code)) return notInForce.includes(code)
  const now = Date.now()
  const instances = await listKnownInstances(db, agentId, now)
  const compared = [...candidateInstances, ...controlInstances]
  const isReplaced = instances.some(
    ({ instanceId, liveness, heardSince }) => liveness === 'live' && heardSince > startedAt && !compared.includes(instanceId),
  )
  if (isReplaced) return false
  const broke = instances.some(({ instanceId, liveness, heardSince, leftAt }) => {
    if (!candidateInstances.includes(instanceId)) return false
    return leftAt ? code === 'not-restarted' : liveness !== 'live' || heardSince > startedAt
  })
  return broke && (await hasUnbrokenContactSince(db, startedAt, now))
}

/** The figures of a trial that ended before it was judged. */
const nothing = computeMeasuredMetrics({ executions: [], negotiations: [] })

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
