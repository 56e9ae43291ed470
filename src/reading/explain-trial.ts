import { explainTrial, type TrialFacts } from '../analysis/reporting/explaining/index.ts'
import type { Explanation } from '../model/explanation.ts'
import { currentConfiguration, knobsOf, listAgents } from '../store/agents.ts'
import { alertsOf } from '../store/alerts.ts'
import { approval } from '../store/approvals.ts'
import { bottlenecksOf } from '../store/bottlenecks.ts'
import { configurationsSince } from '../store/configurations.ts'
import { cycle as readCycle } from '../store/cycles.ts'
import type { Database } from '../store/database.ts'
import { experience } from '../store/experience.ts'
import { provenHistory } from '../store/proven-versions.ts'
import { resultOf } from '../store/results.ts'
import { snapshotOfCycle } from '../store/snapshots.ts'
import { nextStrategy, type StrategyRecord, strategyRecord } from '../store/strategies.ts'
import { trial as readTrial, type Trial } from '../store/trials.ts'

/** Explains a strategy and its trial; undefined where there is none of that id. */
export async function explainedTrial(db: Database, id: string): Promise<Explanation | undefined> {
  const record = await strategyRecord(db, id)
  return record && explainTrial(await factsOf(db, record))
}

async function factsOf(db: Database, record: StrategyRecord): Promise<TrialFacts> {
  const { id, cycleId, content: strategy, createdAt: plannedAt, leftBecause } = record
  const { agentId, type, targetComponent, targetMetric } = strategy
  const kind = (await listAgents(db)).find((agent) => agent.agentId === agentId)?.kind ?? agentId
  const [cycle, trial, bottlenecks, snapshot, trials, next] = await Promise.all([
    cycleId ? readCycle(db, cycleId) : undefined,
    readTrial(db, id),
    cycleId ? bottlenecksOf(db, cycleId) : [],
    cycleId ? snapshotOfCycle(db, cycleId) : undefined,
    experience(db),
    nextStrategy(db, strategy, kind),
  ])
  const cause = bottlenecks.find((found) => found.type === type && found.affectedComponent === targetComponent)
  return {
    strategy,
    plannedAt,
    cycleId,
    cycleEnded: cycle !== undefined && cycle.state !== 'running',
    leftBecause,
    bottleneck: cause ?? null,
    seen: snapshot?.agents.find((agent) => agent.agentId === agentId)?.[targetMetric] ?? null,
    kind,
    knobs: await knobsOf(db, agentId),
    approval: (await approval(db, id)) ?? null,
    trial: trial ?? null,
    result: (await resultOf(db, id)) ?? null,
    versions: trial ? await configurationsSince(db, agentId, trial.baselineVersion) : [],
    keptAt: trial ? await keptSince(db, trial) : null,
    alerts: await alertsOf(db, id),
    experience: trials.filter((remembered) => remembered.kind === kind),
    next: next ?? null,
    current: await currentConfiguration(db, agentId),
  }
}

async function keptSince(db: Database, { agentId, candidateVersion }: Trial): Promise<Date | null> {
  const proven = await provenHistory(db, agentId)
  return proven.findLast(({ version }) => version === candidateVersion)?.since ?? null
}
