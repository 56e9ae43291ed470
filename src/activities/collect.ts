import { hostname } from 'node:os'
import type { Activities } from '../contract/activities.ts'
import { collectSnapshot } from '../sources/collect.ts'
import { recordAgentMetrics } from '../store/agent-metrics.ts'
import { requireAgent } from '../store/agents.ts'
import { recordCycleStart, updateCyclePhases } from '../store/cycles.ts'
import { ensurePartitions } from '../store/partitions.ts'
import { deleteReportBatches } from '../store/reports.ts'
import { insertSnapshot } from '../store/snapshots.ts'
import { recordSystemMetrics } from '../store/system-metrics.ts'
import type { Dependencies } from './dependencies.ts'

/** Days for which partitions of the executions are created ahead. */
const partitionDaysAhead = 3

/** Reads all five sources into one snapshot of the fleet (B2, B3, C7). @throws OptimizerError `unknown-agent`. */
export function createCollect({ db, config }: Dependencies): Activities['collect'] {
  return async ({ cycleId, runId, target, dryRun }) => {
    await ensurePartitions(db, new Date(), partitionDaysAhead)
    await deleteReportBatches(db, new Date(Date.now() - 86_400_000))
    await recordCycleStart(db, { id: cycleId, runId, target: target ?? null, dryRun })
    if (target) await requireAgent(db, target)
    const from = performance.now()
    const snapshot = await collectSnapshot({ db, now: Date.now(), goal: config.goal })
    const collectMs = Math.round(performance.now() - from)
    await insertSnapshot(db, snapshot, cycleId)
    await recordAgentMetrics(db, snapshot)
    await recordSystemMetrics(db, hostname(), new Date(snapshot.takenAt), snapshot.system)
    await updateCyclePhases(db, cycleId, { collectMs })
    const gaps = snapshot.agents.flatMap((agent) =>
      agent.sources.filter((source) => source.state === 'missing').map((source) => `${agent.agentId}: ${source.source}`),
    )
    return { snapshotId: snapshot.id, agents: snapshot.agents.length, gaps: gaps.slice(0, 10), collectMs }
  }
}
