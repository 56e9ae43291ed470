import type { Agent, KnobInput } from '../../../src/agent/index.ts'
import type { CycleReport, CycleReportResponse } from '../../../src/messaging/orchestrator-protocol.ts'
import type { ConfigurationInForce, SelfReport } from '../../../src/messaging/protocol.ts'
import type { MetricValues } from '../../../src/model/metric-value.ts'
import type { Peers } from './child.ts'
import type { Answer, Proposal } from './negotiation.ts'
import type { Outbox } from './outbox.ts'

/** The outcome of one unit of work. */
export interface Outcome {
  success: boolean
  /** The agent's confidence, 0–1. */
  confidence: number
  decision: string
  symbol?: string
  details?: Record<string, unknown>
  /** Reported with the execution. */
  metrics?: MetricValues
  /** Its reassessments since the previous decision; missing in an agent that does not learn. */
  learningAdjustments?: string[]
  riskAssessment?: 'low' | 'medium' | 'high'
  /** Decisions that it could have made instead. */
  alternatives?: string[]
}

/** A running agent's own code. */
export interface Work {
  /** Does one unit of work with these settings, which the client has validated against the knobs. */
  perform(configuration: ConfigurationInForce): Promise<Outcome>
  /** Answers other agents' proposals, in the same order. */
  consider?(proposals: Proposal[]): Promise<Answer[]>
  /** Additional metrics for its self-report. */
  selfReport?(): Omit<SelfReport, 'at'>
  /** Updates the standing of every agent by the optimizer's results. */
  judgeResults?(report: CycleReport): CycleReportResponse
}

export interface WorkContext {
  simulator: string
  /** The URL of the server of language models. */
  languageModel: string
  instanceId: string
  outbox: Outbox
  /** Gives the optimizer a command. */
  command: Agent['command']
  /** Where the other agents are. */
  peers: () => Peers
}

export interface AgentKind {
  kind: string
  /** The `execution_type` of its unit of work. */
  workType: string
  knobs: KnobInput[]
  start(context: WorkContext): Work
}
