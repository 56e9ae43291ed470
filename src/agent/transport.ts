import type { CycleReport, CycleReportResponse, OrchestratorCommand } from '../messaging/orchestrator-protocol.ts'
import type { InstanceProfileRequest, ProfileResponse } from '../messaging/profiling.ts'
import type { Acknowledgement, ConfigurationInForce, Delivery } from '../messaging/protocol.ts'
import type { RequestName, RequestOf, ResponseOf } from '../messaging/requests.ts'
import type { Policy } from '../model/policy.ts'

export interface InstanceIdentity {
  agentId: string
  instanceId: string
}

/** Handlers of the optimizer's requests to an agent. */
export interface AgentHandlers {
  configure(delivery: Delivery): Promise<Acknowledgement>
  readBack(): ConfigurationInForce
  /** @throws OptimizerError `profile-busy`, `profiling-off`, `profiling-unsupported` */
  profile(order: InstanceProfileRequest): Promise<ProfileResponse>
}

export type CycleReportHandler = (report: CycleReport) => CycleReportResponse | Promise<CycleReportResponse>

/** A two-way connection to the optimizer. */
export interface Transport {
  readonly name: 'nats' | 'http'
  /** @throws OptimizerError if there is no answer or the answer is an error. */
  request<Name extends RequestName>(name: Name, payload: RequestOf<Name>): Promise<ResponseOf<Name>>
  onCycleReport(handler: CycleReportHandler): void
  /** @throws OptimizerError if there is no answer or the answer is an error. */
  command(order: OrchestratorCommand): Promise<Policy>
  close(): Promise<void>
}
