import { activityInfo } from '@temporalio/activity'
import { assignArms } from '../analysis/trials/arm-assignment.ts'
import {
  type ComparedInstances,
  computeReportingShare,
  mergeConditions,
  planMaxSamples,
  planObservation,
  type TrialConditions,
} from '../analysis/trials/duration.ts'
import { buildTrialGoal, listRequiredMetrics } from '../analysis/trials/goal.ts'
import { estimateHourlyRates } from '../analysis/trials/hourly-rates.ts'
import { countNeededExecutions } from '../analysis/trials/needed-executions.ts'
import { toLongTrialConditions } from '../analysis/trials/switchback-plan.ts'
import type { Config } from '../config/config.ts'
import type { Knob } from '../model/knob.ts'
import { standardMetrics } from '../model/metric.ts'
import type { InstanceExecution } from '../model/readings.ts'
import type { Pool, Strategy } from '../model/strategy.ts'
import type { Database } from '../store/database.ts'
import { listKnobs } from '../store/declarations.ts'
import { listNewestExecutionsByAgent } from '../store/executions.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { getScoreDelayMs } from '../store/recent-executions.ts'
import { findStrategy } from '../store/strategies.ts'
import type { TrialContext } from '../trials/context.ts'
import { determineWarmUp } from '../trials/observations.ts'
import type { Dependencies } from './dependencies.ts'
import { loadLateFloorMetrics } from './score-wait.ts'

/** Executions that show the pace of an agent: several days of one that works rarely, and enough of any other. */
const NEWEST = 1_000
/** Their values never come later than their execution. */
const usual: readonly string[] = standardMetrics

/** The conditions that determine the duration of a strategy's trial on these instances, as of now. */
export async function loadTrialConditions(
  db: Database,
  config: Config,
  strategy: Strategy,
  compared: ComparedInstances,
): Promise<TrialConditions> {
  const { agentId } = strategy
  const [past, knobs] = await Promise.all([loadRecentExecutionFacts({ db, config }, agentId), listKnobs(db, agentId)])
  return buildTrialConditions(config, strategy, compared, { ...past, knobs })
}

/** The same for a pool, of all its trials together. */
export async function loadPoolConditions(db: Database, config: Config, { members }: Pool): Promise<TrialConditions> {
  const conditions = await Promise.all(
    members.map(async ({ strategyId, agentId }) => {
      const [strategy, { live }] = await Promise.all([findStrategy(db, strategyId), classifyInstances(db, agentId)])
      return await loadTrialConditions(db, config, strategy!, countComparedInstances(live, strategyId))
    }),
  )
  return mergeConditions(conditions)
}

/** The instances that a trial would compare. */
export function countComparedInstances(live: readonly string[], strategyId: string): ComparedInstances {
  const { design, candidate, control } = assignArms(live, strategyId)
  return { design, candidate: candidate.length, control: control.length, live: live.length }
}

/** The recent work of an agent, which shows its pace. */
export interface RecentExecutionFacts {
  /** The newest executions. */
  executions: readonly InstanceExecution[]
  /** How long scores usually take after their execution, milliseconds. */
  scoreDelayMs: number
  /** Whether the agent has a floor on a metric that may come late. */
  hasScoredFloor: boolean
}

export async function loadRecentExecutionFacts(context: TrialContext, agentId: string): Promise<RecentExecutionFacts> {
  const [executions, scoreDelayMs, floors] = await Promise.all([
    listNewestExecutionsByAgent(context.db, [agentId], NEWEST),
    getScoreDelayMs(context.db, agentId),
    loadLateFloorMetrics(context, agentId),
  ])
  return { executions, scoreDelayMs, hasScoredFloor: floors.length > 0 }
}

/**
 * The conditions that determine the duration of a trial, from the newest executions and the knobs of its agent.
 * @throws OptimizerError `unusable-metric`
 */
export function buildTrialConditions(
  config: Config,
  strategy: Strategy,
  compared: ComparedInstances,
  { executions, knobs, scoreDelayMs: usualDelayMs, hasScoredFloor }: RecentExecutionFacts & { knobs: readonly Knob[] },
): TrialConditions {
  const now = Date.now()
  const goal = buildTrialGoal(strategy)
  const observed = executions.map(({ at, instanceId, durationMs, success, metrics }) => ({
    at,
    instance: instanceId ?? '',
    durationMs: durationMs ?? 0,
    success,
    metrics,
  }))
  const isScored = strategy.objective !== undefined && listRequiredMetrics(goal).some(({ metric }) => !usual.includes(metric))
  // The newest executions may still get their scores.
  const scoreDelayMs = isScored || hasScoredFloor ? usualDelayMs : 0
  const due = observed.filter(({ at }) => at <= now - scoreDelayMs)
  const scored = due.length > 0 ? due : observed
  return {
    pace: estimateHourlyRates(executions, now),
    compared,
    scoreDelayMs,
    reportingShare: computeReportingShare(goal, scored),
    warmUp: determineWarmUp(config, knobs, strategy),
    needed: countNeededExecutions(goal, scored, config.trials.maxSamples),
    now,
  }
}

/**
 * The limits of a trial that needs more time than a cycle has, and its pool; null if it does not. A trial that a cycle runs itself gets no
 * more time.
 */
export async function planLongObservation(
  { db, config }: Pick<Dependencies, 'db' | 'config'>,
  strategy: Strategy,
  instances: string[],
) {
  if (activityInfo().workflowType !== 'trial') return null
  const { pool } = strategy
  const conditions = pool
    ? await loadPoolConditions(db, config, pool)
    : await loadTrialConditions(db, config, strategy, countComparedInstances(instances, strategy.id))
  if (!pool && planObservation(conditions, config.trials).kind === 'in-cycle') return null
  const planned = pool
    ? conditions
    : toLongTrialConditions(conditions, strategy, await listKnobs(db, strategy.agentId), config.trials)
  const alternates = planned.compared.design === 'switchback'
  const maxSamples = planMaxSamples(planned, config.trials)
  return { observeMs: config.trials.longestHours * 3_600_000, maxSamples, poolId: pool?.id ?? null, alternates }
}
