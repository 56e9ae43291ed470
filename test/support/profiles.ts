/** Profiles, snapshots, knobs and experience to analyse; what a test does not name is healthy. */
import type { FinishedTrial } from '../../src/model/finished-trial.ts'
import { type Knob, type KnobInput, knobSchema } from '../../src/model/knob.ts'
import type { AgentProfile, Snapshot, SystemProfile } from '../../src/model/profile.ts'
import type { PairReading } from '../../src/model/readings.ts'
import type { MeasuredMetrics } from '../../src/model/result.ts'

export const now = 1_728_563_421_789

export function agentProfile(agentId: string, known: Partial<AgentProfile> = {}): AgentProfile {
  return {
    agentId,
    kind: agentId,
    instances: 2,
    decisionCount: 100,
    successRate: 0.85,
    averageConfidence: 0.8,
    responseTime: 900,
    responseTimeP50: 850,
    responseTimeP90: 1300,
    responseTimeP95: 1500,
    responseTimeP99: 1900,
    errorRate: 0.1,
    throughput: 60,
    metrics: {},
    adaptationScore: 0.5,
    decisionAccuracy: null,
    actualResult: null,
    learningRate: null,
    alternatives: null,
    riskAssessment: {},
    recentDecisions: [],
    successHistory: [],
    coordinationScore: 0.8,
    resourceEfficiency: 0.5,
    goalProgress: 0.5,
    goalProgressPrimary: null,
    goalProgressSecondary: null,
    goalProgressTactical: null,
    reputation: 0.7,
    autonomy: 0.85,
    performanceScore: 0.7,
    messageLatencyMs: 20,
    messageSuccessRate: 0.98,
    messageCount: 50,
    failedMessageCount: 1,
    tradesPerHour: null,
    profitableTrades: null,
    tradePredictionAccuracy: null,
    conflictResolutionTimeMs: 200,
    isRunning: true,
    lastExecutionAt: now,
    cycleCount: 10,
    selfReport: null,
    configuration: { version: 1, values: {} },
    sources: [],
    origins: [],
    ...known,
  }
}

export function snapshot(agents: AgentProfile[], system: Partial<SystemProfile> = {}, takenAt = now): Snapshot {
  return {
    id: `snapshot-${takenAt}`,
    takenAt,
    agents,
    system: {
      cpuPercent: 40,
      memoryPercent: 50,
      heapPercent: 40,
      networkBytesPerSecond: 1000,
      storagePercent: 30,
      uptimeSeconds: 100,
      runtimeVersion: 'v24',
      platform: 'linux',
      decisionQuality: { averageConfidence: 0.8, decisionSpeedMs: 900, accuracyRate: 0.8 },
      coordination: { messageLatencyMs: 20, conflictResolutionTimeMs: 200, cooperationScore: 0.8 },
      overallScore: 0.9,
      market: null,
      ...system,
    },
  }
}

/** Document 000's scenario: market-hunter at 2,800 ms, 62 %, 54 %, in a fleet of five. */
export function scenario(): Snapshot {
  return snapshot([
    agentProfile('market-hunter', { responseTime: 2800, successRate: 0.62, coordinationScore: 0.54 }),
    agentProfile('market-analyzer', { responseTime: 1800 }),
    agentProfile('narrative-architect'),
    agentProfile('intelligent-execution-agent'),
    agentProfile('strategic-orchestrator'),
  ])
}

export function knob(input: KnobInput): Knob {
  return knobSchema.parse(input)
}

const responseTime = (improves: 'increase' | 'decrease') => ({ metric: 'responseTime' as const, improves })
const successRate = (improves: 'increase' | 'decrease') => ({ metric: 'successRate' as const, improves })
const coordination = (improves: 'increase' | 'decrease') => ({ metric: 'coordinationScore' as const, improves })

/** Eight knobs as an agent of the scenario may declare them. */
export const agentKnobs: Knob[] = [
  {
    name: 'sourceParallelism',
    type: 'int',
    min: 1,
    max: 16,
    default: 1,
    purpose: 'parallelism',
    affects: [responseTime('increase')],
  },
  { name: 'cacheTtlMs', type: 'int', min: 0, max: 600_000, default: 0, purpose: 'caching', affects: [responseTime('increase')] },
  { name: 'depth', type: 'int', min: 1, max: 10, default: 8, purpose: 'computation', affects: [responseTime('decrease')] },
  { name: 'retries', type: 'int', min: 0, max: 5, default: 0, purpose: 'error-handling', affects: [successRate('increase')] },
  {
    name: 'confidence',
    type: 'float',
    min: 0.5,
    max: 0.99,
    default: 0.6,
    purpose: 'confidence',
    affects: [successRate('increase')],
  },
  {
    name: 'lingerMs',
    type: 'int',
    min: 0,
    max: 10_000,
    default: 2000,
    purpose: 'message-overhead',
    affects: [coordination('decrease')],
  },
  { name: 'rounds', type: 'int', min: 1, max: 9, default: 2, purpose: 'negotiation', affects: [coordination('increase')] },
  { name: 'batching', type: 'bool', default: false, purpose: 'protocol', affects: [coordination('increase')] },
].map((input) => knob(input as KnobInput))

/** The same knobs for every agent of a snapshot. */
export function knobsFor({ agents }: Snapshot, knobs: Knob[] = agentKnobs): Record<string, Knob[]> {
  return Object.fromEntries(agents.map(({ agentId }) => [agentId, knobs]))
}

/** The measurements of an arm of a trial. */
export function measured(known: Partial<MeasuredMetrics>): MeasuredMetrics {
  return { samples: 100, responseTimeP50: 900, responseTimeMean: 1000, successRate: 0.8, coordinationScore: null, ...known }
}

export function trialRecord(known: Partial<FinishedTrial>): FinishedTrial {
  return {
    agentId: 'market-hunter',
    kind: 'market-hunter',
    type: 'agent_response_time',
    metric: 'responseTime',
    changes: [],
    baseline: {},
    metrics: { before: measured({}), after: measured({}) },
    verdict: 'keep',
    improvement: 10,
    interval: [5, 15],
    predicted: null,
    executionTimeMs: 60_000,
    at: now - 60_000,
    ...known,
  }
}

/** A hundred messages from one agent to another, most of them agreed to. */
export function messages(fromAgent: string, toAgent: string, known: Partial<PairReading>): PairReading {
  return {
    fromAgent,
    toAgent,
    at: now,
    since: now - 60_000,
    messages: 100,
    delivered: 100,
    volume: { sent: 100, failed: 0 },
    latencyMs: { mean: 20, count: 100 },
    negotiations: 100,
    negotiatedAt: now,
    agreed: 80,
    conflictResolutionMs: { mean: 200, count: 20 },
    ...known,
  }
}
