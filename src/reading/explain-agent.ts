import { type AgentFacts, explainAgent } from '../analysis/reporting/explaining/index.ts'
import { readLimits } from '../limits.ts'
import type { Explanation } from '../model/explanation.ts'
import { livenessTimeoutMs } from '../model/liveness.ts'
import { listAgentInstances, listAgents, listKnobs } from '../store/agents.ts'
import { listOpenApprovals, loadRestingKnobs } from '../store/approvals.ts'
import { findLatestCycle } from '../store/cycles.ts'
import { findLock } from '../store/locks.ts'
import { findPause } from '../store/pause.ts'
import { loadRecordedPolicy } from '../store/policy-changes.ts'
import { listProvenVersions } from '../store/proven-versions.ts'
import { listAgentResults } from '../store/results.ts'
import { findLatestSnapshot } from '../store/snapshots.ts'
import { findStrategy, listSkippedStrategies } from '../store/strategies.ts'
import { countTrialsByAgent, listAgentTrials, type Trial } from '../store/trials.ts'
import { getCycleSchedule } from '../temporal/schedule.ts'
import type { ReadingContext } from './context.ts'

const hourMs = 3_600_000
/** The database says most of it; Temporal only adds when the next cycle begins. */
const temporalWithinMs = 3_000
/** Further back than any agent has been changed. */
const allVersions = 100_000

/** Explains an agent; undefined where there is none of that name. */
export async function loadAgentExplanation(context: ReadingContext, agentId: string): Promise<Explanation | undefined> {
  const agent = (await listAgents(context.db)).find((known) => known.agentId === agentId)
  return agent && explainAgent(await loadAgentFacts(context, agent))
}

async function loadAgentFacts(
  context: ReadingContext,
  { agentId, kind }: { agentId: string; kind: string },
): Promise<AgentFacts> {
  const { db, config } = context
  const now = new Date()
  const declinedSince = new Date(now.getTime() - config.approval.restMinutes * 60_000)
  const [knobs, instances, history, lock, pause, begun, resting, approvals, snapshot, policy, schedule] = await Promise.all([
    listKnobs(db, agentId),
    listAgentInstances(db, agentId),
    listProvenVersions(db, agentId, allVersions),
    findLock(db, agentId),
    findPause(db),
    countTrialsByAgent(db, new Date(now.getTime() - hourMs)),
    loadRestingKnobs(db, declinedSince),
    listOpenApprovals(db),
    findLatestSnapshot(db),
    loadRecordedPolicy(db),
    readFromTemporal(context, () => getCycleSchedule(context.temporal).describe()),
  ])
  const live = instances.filter(({ heartbeatAt }) => now.getTime() - heartbeatAt.getTime() < livenessTimeoutMs)
  return {
    agentId,
    kind,
    instances: { live: live.length, known: instances.length },
    executions: snapshot?.agents.find((seen) => seen.agentId === agentId)?.decisionCount ?? null,
    knobs,
    history: history.reverse(),
    trials: await trialsWithResults(context, agentId),
    policy,
    pause: pause ?? null,
    limits: readLimitsOrError(config),
    lock: lock ?? null,
    changesLastHour: begun[agentId] ?? 0,
    resting: resting[agentId] ?? [],
    approvals: approvals.filter((asked) => asked.agentId === agentId),
    left: await leftByLastCycle(context, agentId),
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

async function readFromTemporal<T>({ temporal }: ReadingContext, read: () => Promise<T>): Promise<T | undefined> {
  return await temporal.connection.withDeadline(Date.now() + temporalWithinMs, read).catch(() => undefined)
}

function readLimitsOrError(config: ReadingContext['config']): AgentFacts['limits'] {
  try {
    return readLimits(config)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function trialsWithResults({ db }: ReadingContext, agentId: string): Promise<AgentFacts['trials']> {
  const results = new Map((await listAgentResults(db, agentId)).map((result) => [result.strategy.id, result]))
  const trials = await listAgentTrials(db, agentId, 200)
  const withStrategy = async (trial: Trial) => {
    const result = results.get(trial.id) ?? null
    return { ...trial, result, strategy: result?.strategy ?? (await findStrategy(db, trial.id))! }
  }
  return await Promise.all(trials.map(withStrategy))
}

async function leftByLastCycle({ db }: ReadingContext, agentId: string): Promise<AgentFacts['left']> {
  const cycle = await findLatestCycle(db, agentId)
  return cycle ? await listSkippedStrategies(db, cycle.id, agentId) : []
}
