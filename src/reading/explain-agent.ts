import { computeAutonomyByKind } from '../analysis/policy/autonomy.ts'
import { type AgentFacts, explainAgent } from '../analysis/reporting/explaining/index.ts'
import { addStandings, determineStandings } from '../analysis/reporting/results/index.ts'
import { anomalyBottleneckTypes } from '../model/bottleneck.ts'
import type { Explanation } from '../model/explanation.ts'
import { formatChanges } from '../model/format.ts'
import type { KnobValues } from '../model/knob.ts'
import type { OptimizationResult } from '../model/result.ts'
import { findAgent, listAgentInstances } from '../store/agents.ts'
import { listComponentAnomalies } from '../store/anomalies.ts'
import { listOpenApprovals } from '../store/approvals.ts'
import { findLatestCycle } from '../store/cycles.ts'
import { loadExperience } from '../store/experience.ts'
import { listRecurringBottlenecks } from '../store/period.ts'
import { listProvenVersions } from '../store/proven-versions.ts'
import { listKeptResults } from '../store/results.ts'
import { findLatestAgentProfiles } from '../store/snapshots.ts'
import { listSkippedStrategies } from '../store/strategies.ts'
import { countAgentTrials, listActiveTrials, listTrialsWithStrategies } from '../store/trials.ts'
import { getCycleSchedule } from '../temporal/schedule.ts'
import { loadEligibilityFacts } from '../trials/eligibility-facts.ts'
import { selectLinesAboutAgent } from './about-agent.ts'
import { describeAnomalies } from './anomalies.ts'
import { isCoverageIncomplete, readAnomalyCoverage } from './anomaly-coverage.ts'
import type { ReadContext } from './context.ts'
import { convertBottleneckToDegradation, readCountermeasures } from './countermeasures.ts'
import { readOptimizerState } from './policy.ts'
import { readFromTemporal } from './temporal.ts'

/** Maximum number of trials listed individually. */
const latestTrials = 10
/** Maximum number of lines shown from the last cycle. */
const maxSkipped = 3
/** Maximum number of bottlenecks listed individually. */
const maxBottlenecks = 10
/** Anomalies that ended longer ago are not mentioned. */
const recentMs = 86_400_000

/** Explains an agent; undefined if there is no such agent. */
export async function loadAgentExplanation(context: ReadContext, agentId: string): Promise<Explanation | undefined> {
  const agent = await findAgent(context.db, agentId)
  return agent && explainAgent(await loadAgentFacts(context, agent))
}

async function loadAgentFacts(
  context: ReadContext,
  { agentId, kind, forgottenAt }: { agentId: string; kind: string; forgottenAt: Date | null },
): Promise<AgentFacts> {
  const { db, config } = context
  const now = new Date()
  const { policy } = await readOptimizerState(context)
  const at = { now: now.getTime(), policy }
  const since = new Date(now.getTime() - recentMs)
  const [experience, eligibility, instances, history, approvals, snapshot, schedule, anomalies, coverage, bottlenecks] =
    await Promise.all([
      loadExperience(db, { kind }),
      loadEligibilityFacts(db, config, { agentId, kind }, at),
      listAgentInstances(db, agentId),
      listProvenVersions(db, agentId),
      listOpenApprovals(db),
      findLatestAgentProfiles(db, [agentId]),
      readFromTemporal(context, () => getCycleSchedule(context.temporal).describe()),
      listComponentAnomalies(db, agentId, since),
      readAnomalyCoverage(context, agentId, now.getTime()),
      listRecurringBottlenecks(db, { from: since, to: now, agentId }, maxBottlenecks, anomalyBottleneckTypes),
    ])
  const { catalogue } = eligibility.fleet
  const profile = snapshot?.agents[0]
  const [described, againstBottlenecks] = await Promise.all([
    describeAnomalies(context, anomalies, catalogue),
    readCountermeasures(context, bottlenecks.map(convertBottleneckToDegradation), catalogue),
  ])
  return {
    agentId,
    kind,
    seen: profile ? { profile, at: new Date(snapshot!.takenAt) } : null,
    instances: { live: eligibility.liveInstances, known: instances.length },
    knobs: [...eligibility.knobs],
    history: history.reverse(),
    ...(await loadTrials(context, { agentId, current: eligibility.values, isForgotten: forgottenAt !== null }, now)),
    policy: policy && { ...policy, autonomyByKind: computeAutonomyByKind(experience) },
    eligibility,
    anomalies: anomalies.map((anomaly, index) => ({ anomaly, ...described[index]! })),
    bottlenecks: bottlenecks.map((bottleneck, index) => ({ ...bottleneck, done: againstBottlenecks[index]! })),
    ...(isCoverageIncomplete(coverage) && { anomalyGap: coverage.description }),
    approvals: approvals.filter((asked) => asked.agentId === agentId),
    ...(await readLastCycle(context, agentId)),
    watchMs: config.trials.watchMs,
    schedule: schedule
      ? {
          nextCycleAt: schedule.info.nextActionTimes[0] ?? null,
          pausedBecause: schedule.state.paused ? (schedule.state.note ?? '') : null,
        }
      : null,
    now,
  }
}

async function loadTrials(
  { db, config }: ReadContext,
  { agentId, current, isForgotten }: { agentId: string; current: KnobValues; isForgotten: boolean },
  now: Date,
): Promise<Pick<AgentFacts, 'trials' | 'totalTrials' | 'kept' | 'active'>> {
  const [trials, totalTrials, kept, active] = await Promise.all([
    listTrialsWithStrategies(db, agentId, latestTrials),
    countAgentTrials(db, agentId),
    listKeptResults(db, { agentId }),
    listActiveTrials(db, agentId, { watchMs: config.trials.watchMs, now }),
  ])
  const standings = determineStandings(kept, current, isForgotten)
  const withStanding = (result: OptimizationResult) => addStandings([result], standings)[0]!
  return {
    trials: trials.map(({ result, ...trial }) => ({ ...trial, result: result && withStanding(result) })),
    totalTrials,
    kept: kept.map(({ result }) => withStanding(result)),
    active,
  }
}

async function readLastCycle({ db }: ReadContext, agentId: string): Promise<Pick<AgentFacts, 'left' | 'skipped'>> {
  const cycle = await findLatestCycle(db, agentId)
  if (!cycle) return { left: [], skipped: [] }
  const left = await listSkippedStrategies(db, cycle.id, agentId)
  const isLeft = (line: string) => left.some(({ strategy }) => line.includes(formatChanges(strategy.actions)))
  const skipped = selectLinesAboutAgent(cycle.skipped, agentId).filter((line) => !isLeft(line))
  return { left, skipped: skipped.slice(0, maxSkipped) }
}
