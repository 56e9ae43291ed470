import {
  type AgentRecord,
  buildFacts,
  type EligibilityFacts,
  type EligibilityRecord,
  type FleetFacts,
  findReleaseTime,
  mayHaveConverged,
} from '../analysis/eligibility/index.ts'
import { MetricSeriesCache } from '../analysis/observing/forecasting/index.ts'
import { readCurrentMarket } from '../analysis/observing/profiles/market.ts'
import { countUnprovenInstances } from '../analysis/trials/awaited-instances.ts'
import type { Config } from '../config/config.ts'
import { tryReadLimits } from '../config/limits.ts'
import { omitOutdatedFigures } from '../model/current-figures.ts'
import { describeInconsistentKnobs } from '../model/declaration.ts'
import { describeDrift } from '../model/drift.ts'
import { describeHighLoad } from '../model/host-load.ts'
import { listMarketBounds } from '../model/limits.ts'
import type { ObservedProfiles } from '../model/profile.ts'
import { loadMetricHistory } from '../store/agent-metrics.ts'
import { getCurrentConfiguration, listKnobs } from '../store/agents.ts'
import { loadKnobsAwaitingDecision } from '../store/approvals.ts'
import type { Database } from '../store/database.ts'
import { loadDeclarationsByAgent } from '../store/declarations.ts'
import { type DriftingInstance, listDriftingInstances } from '../store/drift.ts'
import { loadExperience } from '../store/experience.ts'
import { listHostLoads } from '../store/host-load.ts'
import { classifyInstances, countLiveInstances, loadKnownInstances } from '../store/instance-liveness.ts'
import { listLocks } from '../store/locks.ts'
import { listCommunicatingPairs } from '../store/messages.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { loadObjectives } from '../store/objectives.ts'
import { findPause } from '../store/pause.ts'
import { listLatestMarketData } from '../store/portfolio.ts'
import { loadProvenConfigurations } from '../store/proven-versions.ts'
import { loadReleases } from '../store/releases.ts'
import { loadRestartableAgents } from '../store/restarts.ts'
import { loadShortagesByAgent } from '../store/shortages.ts'
import { findLatestAgentProfiles } from '../store/snapshots.ts'
import { countTrialsByAgent, listOpenTrials } from '../store/trials.ts'

const hourMs = 3_600_000

/**
 * The recorded facts that decide what may be tried; the number of queries does not depend on the size of the fleet.
 * @param now milliseconds since the epoch
 * @param agentId only for this agent; adds the agents with a trial that it exchanges messages with, as pairs
 * @param agentIds the same for several agents
 */
export async function loadEligibilityRecord(
  db: Database,
  config: Config,
  {
    now,
    agentId,
    agentIds = agentId === undefined ? undefined : [agentId],
  }: { now: number; agentId?: string; agentIds?: string[] },
): Promise<EligibilityRecord> {
  const declinedSince = new Date(now - config.approval.cooldownMinutes * 60_000)
  const [
    pause,
    open,
    liveInstances,
    trialsLastHour,
    locks,
    history,
    releases,
    awaitingDecision,
    declarations,
    drifting,
    restartable,
    catalogue,
    objectives,
    hosts,
    shortages,
  ] = await Promise.all([
    findPause(db),
    listOpenTrials(db),
    countLiveInstances(db, now),
    countTrialsByAgent(db, new Date(now - hourMs)),
    listLocks(db, now),
    loadProvenConfigurations(db, agentIds),
    loadReleases(db, now),
    loadKnobsAwaitingDecision(db, declinedSince),
    loadDeclarationsByAgent(db, agentIds),
    listDriftingInstances(db, { agentId, now }),
    loadRestartableAgents(db, { commanded: config.restarts.map((entry) => entry.agentId), agentIds, now }),
    loadCatalogue(db, config.metrics),
    loadObjectives(db, config.objectives),
    listHostLoads(db, now),
    loadShortagesByAgent(db),
  ])
  const limits = tryReadLimits(config)
  const isMarketLimited = typeof limits !== 'string' && listMarketBounds(limits).length > 0
  const tried = await loadKnownInstances(db, { agentIds: [...new Set(open.map((trial) => trial.agentId))], now })
  const running = open.map((trial) => ({
    id: trial.id,
    agentId: trial.agentId,
    candidates: countUnprovenInstances(trial, tried.get(trial.agentId) ?? []),
    isLong: trial.observeMs !== null,
  }))
  const underTrial = [...new Set(running.map((trial) => trial.agentId))]
  const record = (id: string): AgentRecord => ({
    trialsLastHour: trialsLastHour[id] ?? 0,
    lockedBy: locks.find((lock) => lock.agentId === id)?.trialId ?? null,
    history: history[id] ?? [],
    releases: releases[id] ?? [],
    awaitingDecision: (awaitingDecision[id] ?? [])
      .filter(({ knob, declinedAt }) => declinedAt === null || declinedAt > findReleaseTime(releases[id] ?? [], knob))
      .map(({ knob }) => knob),
    unevenKnobs: describeInconsistentKnobs(id, declarations[id] ?? [], history[id]?.at(-1)?.values ?? {}),
    canRestart: restartable.has(id),
    drifting: drifting.filter((instance) => instance.agentId === id).map(describeDriftingInstance),
    shortages: shortages[id] ?? [],
  })
  const lists = [trialsLastHour, history, releases, awaitingDecision, shortages].flatMap(Object.keys)
  const recorded = new Set([...lists, ...restartable, ...locks.map((lock) => lock.agentId)])
  return {
    fleet: {
      pause: pause ?? null,
      limits,
      traits: config.identity.traits,
      ...(isMarketLimited && { market: readCurrentMarket(await listLatestMarketData(db), now) }),
      highLoad: describeHighLoad(hosts, config.trials.highLoadPercent),
      caps: {
        concurrentTrials: config.trials.concurrent,
        concurrentLongTrials: config.trials.concurrentLong,
        candidateShareRatio: config.trials.candidateShare,
      },
      running,
      liveInstances,
      objectives,
      catalogue,
      pairs: agentIds === undefined ? [] : await listCommunicatingPairs(db, agentIds, new Date(now - hourMs), underTrial),
    },
    agents: Object.fromEntries([...recorded].map((id) => [id, record(id)])),
  }
}

const describeDriftingInstance = ({ instanceId, drift }: DriftingInstance) => `${instanceId} has ${describeDrift(drift)}`

/** The facts about one agent, as the planner sees them in a cycle. @throws OptimizerError `unknown-agent` */
export async function loadEligibilityFacts(
  db: Database,
  config: Config,
  { agentId, kind }: { agentId: string; kind: string },
  { isLong, ...at }: Pick<FleetFacts, 'now' | 'policy'> & { isLong?: boolean },
): Promise<EligibilityFacts> {
  const [record, instances, knobs, current, snapshot, trials] = await Promise.all([
    loadEligibilityRecord(db, config, { now: at.now, agentId }),
    classifyInstances(db, agentId, at.now),
    listKnobs(db, agentId),
    getCurrentConfiguration(db, agentId),
    findLatestAgentProfiles(db, [agentId]),
    loadExperience(db, { agentId }),
  ])
  const lastShift = mayHaveConverged(trials, at.now) && snapshot ? await findLastShift(db, snapshot, agentId) : 0
  const profile = snapshot?.agents[0]
  const observed = {
    agentId,
    kind,
    liveInstances: instances.live.length,
    executions: profile ? omitOutdatedFigures(profile).decisionCount : null,
    knobs,
    values: current.values,
    trials,
    isLong,
    lastShiftAt: () => lastShift,
  }
  return buildFacts(record, observed, at)
}

async function findLastShift(db: Database, snapshot: ObservedProfiles, agentId: string): Promise<number> {
  const current = { ...snapshot, agents: snapshot.agents.map(omitOutdatedFigures) }
  return new MetricSeriesCache(current, await loadMetricHistory(db, [], [agentId])).lastShiftAt(agentId)
}
