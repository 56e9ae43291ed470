import type { Acknowledgement, ConfigurationInForce, CycleReport, CycleReportResponse, Delivery } from '../messaging/protocol.ts'
import type { RequestName, RequestOf, ResponseOf } from '../messaging/requests.ts'

export interface Identity {
  agentId: string
  instanceId: string
}

/** What the optimizer may ask of an agent. */
export interface AgentHandlers {
  configure(delivery: Delivery): Promise<Acknowledgement>
  readBack(): ConfigurationInForce
}

export type CycleReportHandler = (report: CycleReport) => CycleReportResponse | Promise<CycleReportResponse>

/** The way to the optimizer and back. */
export interface Transport {
  readonly name: 'nats' | 'http'
  /** @throws OptimizerError when there is no answer, or the answer is an error. */
  request<Name extends RequestName>(name: Name, payload: RequestOf<Name>): Promise<ResponseOf<Name>>
  onCycleReport(handler: CycleReportHandler): void
  close(): Promise<void>
}
