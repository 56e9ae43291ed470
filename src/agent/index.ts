/** The client an agent embeds. */
export type { CycleReport, CycleReportResponse } from '../messaging/orchestrator-protocol.ts'
export { OptimizerError } from '../model/errors.ts'
export type { KnobInput, KnobValue, KnobValues } from '../model/knob.ts'
export type { Agent } from './agent.ts'
export type { ApplyHandler, ChangeListener } from './configuration.ts'
export { type AgentOptions, connectAgent, RESTART_EXIT_CODE } from './connect.ts'
export type { RestartHandler } from './session.ts'
