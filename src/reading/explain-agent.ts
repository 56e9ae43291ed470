import { type AgentFacts, explainAgent } from '../analysis/reporting/explaining/index.ts'
import type { Explanation } from '../model/explanation.ts'
import { defaultPolicy } from '../model/policy.ts'
import { listAgentInstances, listAgents } from '../store/agents.ts'
import { listOpenApprovals } from '../store/approvals.ts'
import { findLatestCycle } from '../store/cycles.ts'
import { listProvenVersions } from '../store/proven-versions.ts'
import { listAgentResults } from '../store/results.ts'
import { findStrategy, listSkippedStrategies } from '../store/strategies.ts'
import { listAgentTrials, type Trial } from '../store/trials.ts'
import { queryControlStatus } from '../temporal/control.ts'
import { getCycleSchedule } from '../temporal/schedule.ts'
import type { ReadingContext } from './context.ts'
import { loadEligibilityFacts } from './eligibility.ts'

/** The database says most of it; Temporal only adds what is in force at this moment. */
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
  const policy = (await readFromTemporal(context, async () => (await queryControlStatus(context.temporal)).policy)) ?? null
  const at = { now: now.getTime(), policy: policy ?? defaultPolicy }
  const [eligibility, instances, history, approvals, schedule] = await Promise.all([
    loadEligibilityFacts(db, config, { agentId, kind }, at),
    listAgentInstances(db, agentId),
    listProvenVersions(db, agentId, allVersions),
    listOpenApprovals(db),
    readFromTemporal(context, () => getCycleSchedule(context.temporal).describe()),
  ])
  return {
    agentId,
    kind,
    instances: { live: eligibility.liveInstances, known: instances.length },
    knobs: [...eligibility.knobs],
    history: history.reverse(),
    trials: await trialsWithResults(context, agentId),
    policy,
    eligibility,
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
