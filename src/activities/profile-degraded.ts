import { log } from '@temporalio/activity'
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { getProfileWorkflowId } from '../contract/workflows.ts'
import { findExternalCause } from '../model/anomaly.ts'
import { type Bottleneck, isAnomalyType, severityRank } from '../model/bottleneck.ts'
import { OptimizerError } from '../model/errors.ts'
import { type ProfileRequest, profileRequestSchema } from '../model/performance-profile.ts'
import { readEngineSettings } from '../reading/engine-settings.ts'
import { planProfiles } from '../reading/plan-profiles.ts'
import { listAgentsWithConfiguration } from '../store/agents.ts'
import { listOpenAnomalies } from '../store/anomalies.ts'
import type { Database } from '../store/database.ts'
import { listRecentlyProfiledTargets } from '../store/performance-profiles.ts'
import { startProfile } from '../temporal/starters.ts'
import type { Dependencies } from './dependencies.ts'

/** A lasting bottleneck is not profiled again within this time. */
const cooldownMs = 3_600_000
const maxAgents = 3

/**
 * Has the agents that are the worst bottlenecks of a cycle profiled, where `enable_auto_profiling` says so (D2). Never fails: a profile
 * must not cost a cycle.
 */
export async function profileDegradedAgents(
  { db, temporal, config }: Dependencies,
  bottlenecks: readonly Bottleneck[],
  cycleId: string,
): Promise<void> {
  if (bottlenecks.length === 0) return
  try {
    if (!(await readEngineSettings({ db, config })).enable_auto_profiling) return
    for (const { agentId, description } of await selectDegraded(db, bottlenecks)) {
      const request = profileRequestSchema.parse({
        subject: { of: 'agent', agentId },
        by: 'enable_auto_profiling',
        reason: `${cycleId}: ${description}`.slice(0, 2_000),
        trigger: 'degradation',
      })
      if ((await mayProfile(db, request)) && !(await wasTried(temporal, request)))
        await startProfile({ temporal, taskQueue: config.taskQueue }, request)
    }
  } catch (error) {
    log.warn('The profiles of degraded agents could not be started', { error })
  }
}

/**
 * The agents to be profiled, each with its worst bottleneck, the worst first, without those that were profiled recently. Where another agent probably
 * causes an anomaly, that one is profiled instead: its code explains what is slow. A cause that is no agent, such as a host, has no code.
 */
async function selectDegraded(
  db: Database,
  bottlenecks: readonly Bottleneck[],
): Promise<{ agentId: string; description: string }[]> {
  const agents = new Set((await listAgentsWithConfiguration(db)).map(({ agentId }) => agentId))
  const due = new Set(agents)
  for (const recent of await listRecentlyProfiledTargets(db, 'cpu', new Date(Date.now() - cooldownMs))) due.delete(recent)
  const anomalies = (await listOpenAnomalies(db)).map(({ content }) => content)
  const findCauseOf = ({ affectedComponent: component, metric }: Bottleneck) => {
    const anomaly = anomalies.find((each) => each.component === component && each.metric === metric)
    return anomaly && findExternalCause(anomaly)?.component
  }
  return bottlenecks
    .toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity])
    .map((bottleneck) => {
      const { affectedComponent, description, type } = bottleneck
      const cause = isAnomalyType(type) ? findCauseOf(bottleneck) : undefined
      return { agentId: cause !== undefined && agents.has(cause) ? cause : affectedComponent, description }
    })
    .filter(({ agentId }) => due.delete(agentId))
    .slice(0, maxAgents)
}

/** One that met a trial left no profile. */
async function wasTried(temporal: Client, request: ProfileRequest): Promise<boolean> {
  try {
    const { startTime } = await temporal.workflow.getHandle(getProfileWorkflowId(request)).describe()
    return Date.now() - startTime.getTime() < cooldownMs
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw error
  }
}

async function mayProfile(db: Database, request: ProfileRequest): Promise<boolean> {
  try {
    await planProfiles(db, request)
    return true
  } catch (error) {
    if (error instanceof OptimizerError) return false
    throw error
  }
}
