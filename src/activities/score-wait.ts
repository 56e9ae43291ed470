import { listFloorMetrics } from '../analysis/eligibility/index.ts'
import { MAX_SCORE_WAIT_MS } from '../analysis/trials/duration.ts'
import { tryReadLimits } from '../config/limits.ts'
import { isRatioMetric, isReportable, type Metric, selectMetrics } from '../model/metric.ts'
import type { Strategy } from '../model/strategy.ts'
import { findAgent } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { getScoreDelayMs } from '../store/recent-executions.ts'
import { findStrategy } from '../store/strategies.ts'
import type { Trial } from '../store/trials.ts'
import type { TrialContext } from '../trials/context.ts'

/** How long the scores of a trial's executions usually take, milliseconds. */
export const loadScoreDelayMs = (db: Database, { agentId, observeMs, observingAt }: Trial): Promise<number> =>
  // An agent that works rarely may have had no score within the last hour.
  getScoreDelayMs(db, agentId, observeMs === null ? undefined : observingAt!)

/** The same for its judge; 0 without an objective, since only one is about scores. */
export const loadJudgedScoreDelayMs = async (db: Database, trial: Trial, { objective }: Strategy): Promise<number> =>
  objective ? await loadScoreDelayMs(db, trial) : 0

/** The metrics with a floor on an agent whose values may come late; none while the operator's limits cannot be read, since nothing is kept then. */
export async function loadLateFloorMetrics({ db, config }: TrialContext, agentId: string): Promise<Metric[]> {
  const limits = tryReadLimits(config)
  if (typeof limits === 'string') return []
  const { kind } = (await findAgent(db, agentId))!
  const names = listFloorMetrics(limits, { agentId, kind })
  if (names.length === 0) return []
  const catalogue = await loadCatalogue(db, config.metrics)
  return selectMetrics(catalogue, names).filter((metric) => isReportable(metric) || isRatioMetric(metric))
}

/**
 * How much longer a trial is observed, because the scores that its objective or a floor is about come late: their usual delay, milliseconds.
 */
export async function getScoreWaitMs(context: TrialContext, trial: Trial): Promise<number> {
  const { objective } = (await findStrategy(context.db, trial.id))!
  const isAboutScores = objective !== undefined || (await loadLateFloorMetrics(context, trial.agentId)).length > 0
  const longest = trial.observeMs === null ? MAX_SCORE_WAIT_MS.inCycle : MAX_SCORE_WAIT_MS.alone
  return isAboutScores ? Math.min(longest, await loadScoreDelayMs(context.db, trial)) : 0
}
