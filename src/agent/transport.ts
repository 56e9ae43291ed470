import type { Acknowledgement, ConfigurationInForce, CycleReport, CycleReportAnswer, Delivery } from '../messaging/protocol.ts'
import type { AnswerOf, RequestName, RequestOf } from '../messaging/requests.ts'

export interface Identity {
  agentId: string
  instanceId: string
}

/** What the optimizer may ask of an agent. */
export interface AgentHandlers {
  configure(delivery: Delivery): Promise<Acknowledgement>
  readBack(): ConfigurationInForce
}

export type CycleReportHandler = (report: CycleReport) => CycleReportAnswer | Promise<CycleReportAnswer>

/** The way to the optimizer and back. */
export interface Transport {
  readonly name: 'nats' | 'http'
  /** @throws OptimizerError when there is no answer, or the answer is an error. */
  request<Name extends RequestName>(name: Name, payload: RequestOf<Name>): Promise<AnswerOf<Name>>
  onCycleReport(handler: CycleReportHandler): void
  close(): Promise<void>
}
