import { explainTrial, type TrialFacts } from '../analysis/reporting/explaining/index.ts'
import { determineStandings } from '../analysis/reporting/results/index.ts'
import type { Explanation } from '../model/explanation.ts'
import { findAgentProfileValue } from '../model/profile.ts'
import { findAgent, getCurrentConfiguration, listKnobs } from '../store/agents.ts'
import { listTrialAlerts } from '../store/alerts.ts'
import { findApproval } from '../store/approvals.ts'
import { listBottlenecks } from '../store/bottlenecks.ts'
import { listConfigurationsSince } from '../store/configurations.ts'
import { findCycle } from '../store/cycles.ts'
import type { Database } from '../store/database.ts'
import { loadExperience } from '../store/experience.ts'
import { listProvenVersions } from '../store/proven-versions.ts'
import { findResult, listKeptResults } from '../store/results.ts'
import { findCycleAgentProfile } from '../store/snapshots.ts'
import { findNextStrategy, findStrategyRecord, type StrategyRecord } from '../store/strategies.ts'
import { findTrial, type Trial } from '../store/trials.ts'

/** Explains a strategy and its trial; undefined if there is no such strategy. */
export async function loadTrialExplanation(db: Database, id: string): Promise<Explanation | undefined> {
  const record = await findStrategyRecord(db, id)
  return record && explainTrial(await loadTrialFacts(db, record))
}

async function loadTrialFacts(db: Database, record: StrategyRecord): Promise<TrialFacts> {
  const { id, cycleId, content: strategy, createdAt: plannedAt, leftBecause } = record
  const { agentId, type, targetComponent, targetMetric } = strategy
  const agent = await findAgent(db, agentId)
  const kind = agent?.kind ?? agentId
  const [cycle, trial, bottlenecks, profile, trials, next] = await Promise.all([
    cycleId ? findCycle(db, cycleId) : undefined,
    findTrial(db, id),
    cycleId ? listBottlenecks(db, cycleId) : [],
    cycleId ? findCycleAgentProfile(db, cycleId, agentId) : undefined,
    loadExperience(db, { kind }),
    findNextStrategy(db, strategy, kind),
  ])
  const current = await getCurrentConfiguration(db, agentId)
  const kept = await listKeptResults(db, { agentId })
  const cause = bottlenecks.find((found) => found.type === type && found.affectedComponent === targetComponent)
  return {
    strategy,
    plannedAt,
    cycleId,
    cycleEnded: cycle !== undefined && cycle.state !== 'running',
    leftBecause,
    bottleneck: cause ?? null,
    seen: (profile && findAgentProfileValue(targetMetric, profile)) ?? null,
    kind,
    knobs: await listKnobs(db, agentId),
    approval: (await findApproval(db, id)) ?? null,
    trial: trial ?? null,
    result: (await findResult(db, id)) ?? null,
    standing: determineStandings(kept, current.values, Boolean(agent?.forgottenAt)).get(id) ?? null,
    versions: trial ? await listConfigurationsSince(db, agentId, trial.baselineVersion) : [],
    keptAt: trial ? await keptSince(db, trial) : null,
    alerts: await listTrialAlerts(db, id),
    experience: trials,
    next: next ?? null,
    current,
  }
}

async function keptSince(db: Database, { agentId, candidateVersion }: Trial): Promise<Date | null> {
  const proven = await listProvenVersions(db, agentId)
  return proven.findLast(({ version }) => version === candidateVersion)?.since ?? null
}
