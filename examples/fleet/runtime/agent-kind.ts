import type { KnobInput } from '../../../src/agent/index.ts'
import type { ConfigurationInForce, CycleReport, CycleReportResponse, SelfReport } from '../../../src/messaging/protocol.ts'
import type { Peers } from './child.ts'
import type { Answer, Proposal } from './negotiation.ts'
import type { Outbox } from './outbox.ts'

/** What became of one unit of work. */
export interface Outcome {
  success: boolean
  /** How sure the agent was, 0–1. */
  confidence: number
  decision: string
  symbol?: string
  details?: Record<string, unknown>
  /** What it thinks otherwise of since then. */
  learningAdjustments?: string[]
}

/** A running agent's own code. */
export interface Work {
  /** One unit of work with these settings; the client has checked them against the knobs. */
  perform(configuration: ConfigurationInForce): Promise<Outcome>
  /** Answers to what other agents propose, in their order. */
  consider?(proposals: Proposal[]): Promise<Answer[]>
  /** What it says of itself beyond what everybody does. */
  selfReport?(): Omit<SelfReport, 'at'>
  /** What the optimizer's results mean for everybody's standing. */
  judgeResults?(report: CycleReport): CycleReportResponse
}

export interface WorkContext {
  simulator: string
  instanceId: string
  outbox: Outbox
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
