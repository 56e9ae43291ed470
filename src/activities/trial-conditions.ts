import { activityInfo } from '@temporalio/activity'
import { assignArms } from '../analysis/trials/arm-assignment.ts'
import {
  type ComparedInstances,
  computeReportingShare,
  planMaxSamples,
  planObservation,
  type TrialConditions,
} from '../analysis/trials/duration.ts'
import { buildTrialGoal } from '../analysis/trials/goal.ts'
import { estimatePace } from '../analysis/trials/pace.ts'
import type { Config } from '../config.ts'
import type { Knob } from '../model/knob.ts'
import type { InstanceExecution } from '../model/readings.ts'
import type { Strategy } from '../model/strategy.ts'
import { findWarmUp } from '../reading/observations.ts'
import type { Database } from '../store/database.ts'
import { listKnobs } from '../store/declarations.ts'
import { listNewestExecutionsByAgent } from '../store/executions.ts'
import type { Dependencies } from './dependencies.ts'

/** Executions that show the pace of an agent: several days of one that works rarely, and enough of any other. */
const NEWEST = 1_000

/** What the duration of a strategy's trial on these instances depends on, as of now. */
export async function loadTrialConditions(
  db: Database,
  config: Config,
  strategy: Strategy,
  compared: ComparedInstances,
): Promise<TrialConditions> {
  const { agentId } = strategy
  const [executions, knobs] = await Promise.all([loadNewestExecutions(db, agentId), listKnobs(db, agentId)])
  return buildTrialConditions(config, strategy, compared, { executions, knobs })
}

/** The executions that show the pace of an agent. */
export const loadNewestExecutions = (db: Database, agentId: string): Promise<InstanceExecution[]> =>
  listNewestExecutionsByAgent(db, [agentId], NEWEST)

/**
 * What the duration of a trial depends on, from the newest executions and the knobs of its agent.
 * @throws OptimizerError `unusable-metric`
 */
export function buildTrialConditions(
  config: Config,
  strategy: Strategy,
  compared: ComparedInstances,
  { executions, knobs }: { executions: readonly InstanceExecution[]; knobs: readonly Knob[] },
): TrialConditions {
  const now = Date.now()
  const observed = executions.map(({ at, instanceId, durationMs, success, metrics }) => ({
    at,
    instance: instanceId ?? '',
    durationMs: durationMs ?? 0,
    success,
    metrics,
  }))
  return {
    pace: estimatePace(executions, now),
    compared,
    reportingShare: observed.length > 0 ? computeReportingShare(buildTrialGoal(strategy), observed) : 1,
    warmUp: findWarmUp(config, knobs, strategy),
    now,
  }
}

/** The limits of a trial that needs more time than a cycle has; null if it does not. One that a cycle carries out itself gets no more. */
export async function planLongObservation(
  { db, config }: Pick<Dependencies, 'db' | 'config'>,
  strategy: Strategy,
  instances: string[],
) {
  if (activityInfo().workflowType !== 'trial') return null
  const { design, candidate, control } = assignArms(instances, strategy.id)
  const compared = { design, candidate: candidate.length, control: control.length, live: instances.length }
  const conditions = await loadTrialConditions(db, config, strategy, compared)
  if (planObservation(conditions, config.trials).kind === 'in-cycle') return null
  return { observeMs: config.trials.longestHours * 3_600_000, maxSamples: planMaxSamples(conditions, config.trials) }
}
