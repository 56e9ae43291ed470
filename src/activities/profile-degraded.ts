import { log } from '@temporalio/activity'
import type { Bottleneck } from '../model/bottleneck.ts'
import { severityRank } from '../model/bottleneck.ts'
import { profileRequestSchema } from '../model/performance-profile.ts'
import { listConfiguredAgents } from '../store/agents.ts'
import { listProfiledSince } from '../store/performance-profiles.ts'
import { startProfile } from '../temporal/starters.ts'
import type { Dependencies } from './dependencies.ts'

/** A bottleneck that lasts is not profiled again before this time is over. */
const restMs = 3_600_000
const mostAgents = 3

/**
 * Has the agents that are the worst bottlenecks of a cycle profiled, where `enable_auto_profiling` says so (D2). Never fails: a profile
 * must not cost a cycle.
 */
export async function profileDegraded(
  { db, temporal, config }: Dependencies,
  bottlenecks: readonly Bottleneck[],
  cycleId: string,
): Promise<void> {
  if (!config.performance_engine_agent.enable_auto_profiling || bottlenecks.length === 0) return
  try {
    const agents = new Set((await listConfiguredAgents(db)).map(({ agentId }) => agentId))
    const rested = new Set(await listProfiledSince(db, 'cpu', new Date(Date.now() - restMs)))
    const degraded = bottlenecks
      .filter(({ affectedComponent }) => agents.has(affectedComponent) && !rested.has(affectedComponent))
      .toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity])
    const worst = new Map(
      degraded.map((bottleneck) => [bottleneck.affectedComponent, bottleneck]).reverse() as [string, Bottleneck][],
    )
    for (const [agentId, { description }] of [...worst].reverse().slice(0, mostAgents)) {
      const subject = { of: 'agent', agentId } as const
      const request = {
        subject,
        by: 'enable_auto_profiling',
        reason: `${cycleId}: ${description}`,
        trigger: 'degradation',
      } as const
      await startProfile({ temporal, taskQueue: config.taskQueue }, profileRequestSchema.parse(request))
    }
  } catch (error) {
    log.warn('The profiles of degraded agents could not be started', { error })
  }
}
