import { randomUUID } from 'node:crypto'
import type { Agent } from '../../../src/agent/index.ts'
import type { MetricValues } from '../../../src/model/metric-value.ts'
import type { AgentKind, Outcome, Work } from './agent-kind.ts'
import type { Standing } from './standing.ts'
import type { TrackRecord } from './track-record.ts'

/** The response to `POST /work`. */
export interface Done {
  success: boolean
  durationMs: number
  /** The configuration version it ran with. */
  version: number
  decision: string
  confidence: number
  error?: string
  /** Reported with the execution. */
  metrics?: MetricValues
}

/** Does one unit of work and reports it as an execution and as a decision. */
export async function doUnit(kind: AgentKind, work: Work, agent: Agent, record: TrackRecord, standing: Standing): Promise<Done> {
  const configuration = agent.configuration
  const { version } = configuration
  const begun = agent.beginExecution(kind.workType)
  const startedAt = performance.now()
  const outcome = await work.perform(configuration).catch((error: Error): Outcome & { error: string } => ({
    success: false,
    confidence: 0,
    decision: 'none',
    error: error.message,
  }))
  const durationMs = performance.now() - startedAt
  record.add(outcome, durationMs)

  const {
    success,
    confidence,
    decision,
    symbol,
    details = {},
    metrics,
    learningAdjustments,
    riskAssessment,
    alternatives,
  } = outcome
  const error = 'error' in outcome ? outcome.error : undefined
  agent.reportExecution({
    ...begun,
    durationMs,
    success,
    error,
    metrics,
    output: { decision, confidence, ...details },
  })
  agent.reportDecision({
    id: randomUUID(),
    type: kind.workType,
    context: { trigger: 'request', symbol },
    reasoning: { confidence, riskAssessment, alternatives, ...details },
    outcome: { action: decision, success, actualResult: metrics?.qualityScore ?? Number(success) },
    agentState: { autonomyLevel: standing.autonomy, performanceScore: performanceScore(standing, record) },
    system: { cycleId: record.cycleCount },
    feedback: { ...(learningAdjustments && { learningAdjustments }) },
  })
  return { success, durationMs, version, decision, confidence, error, metrics }
}

/** Document 002: the mean of reputation, progress and autonomy. */
function performanceScore({ reputation, autonomy }: Standing, { goalProgress }: TrackRecord): number {
  return (reputation + goalProgress.overall + autonomy) / 3
}
