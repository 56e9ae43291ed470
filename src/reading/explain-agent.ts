import { type AgentFacts, explainAgent } from '../analysis/reporting/explaining/index.ts'
import type { Explanation } from '../model/explanation.ts'
import { findAgent, listAgentInstances } from '../store/agents.ts'
import { listOpenApprovals } from '../store/approvals.ts'
import { findLatestCycle } from '../store/cycles.ts'
import { listProvenVersions } from '../store/proven-versions.ts'
import { listAgentResults } from '../store/results.ts'
import { listSkippedStrategies } from '../store/strategies.ts'
import { listPlannedTrials } from '../store/trials.ts'
import { getCycleSchedule } from '../temporal/schedule.ts'
import type { ReadingContext } from './context.ts'
import { loadEligibilityFacts } from './eligibility.ts'
import { readControlStatus } from './policy.ts'
import { readFromTemporal } from './temporal.ts'

/** Further back than any agent has been changed. */
const allVersions = 100_000

/** Explains an agent; undefined where there is none of that name. */
export async function loadAgentExplanation(context: ReadingContext, agentId: string): Promise<Explanation | undefined> {
  const agent = await findAgent(context.db, agentId)
  return agent && explainAgent(await loadAgentFacts(context, agent))
}

async function loadAgentFacts(
  context: ReadingContext,
  { agentId, kind }: { agentId: string; kind: string },
): Promise<AgentFacts> {
  const { db, config } = context
  const now = new Date()
  const { policy } = await readControlStatus(context)
  const at = { now: now.getTime(), policy }
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

async function trialsWithResults({ db }: ReadingContext, agentId: string): Promise<AgentFacts['trials']> {
  const [trials, results] = await Promise.all([listPlannedTrials(db, agentId, 200), listAgentResults(db, agentId)])
  const byId = new Map(results.map((result) => [result.strategy.id, result]))
  return trials.map((trial) => ({ ...trial, result: byId.get(trial.id) ?? null }))
}

async function leftByLastCycle({ db }: ReadingContext, agentId: string): Promise<AgentFacts['left']> {
  const cycle = await findLatestCycle(db, agentId)
  return cycle ? await listSkippedStrategies(db, cycle.id, agentId) : []
}
