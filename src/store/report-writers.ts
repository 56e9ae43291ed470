import type { z } from 'zod'
import {
  agentStateSchema,
  decisionSchema,
  executionSchema,
  messageSchema,
  type ReportBatch,
  selfReportSchema,
} from '../messaging/protocol.ts'
import { bigint, boolean, float, type Insertion, integer, jsonb, text, timestamptz, uuid } from './insert-rows.ts'

/** The sender of a batch, and how far its clock is from ours. */
export interface ReportSender {
  agentId: string
  instanceId: string
  /** Milliseconds to add to times of the sender's clock. */
  correctionMs: number
}

/** One list of a batch: the schema of its entries, and how they are stored. */
export interface ReportWriter<Entry> {
  name: keyof Pick<ReportBatch, 'executions' | 'decisions' | 'messages' | 'states' | 'selfReports'>
  schema: z.ZodType<Entry>
  insertion(sender: ReportSender): Insertion<Entry>
}

/** When an entry happened by our clock, in whole milliseconds. */
const happened = ({ correctionMs }: ReportSender) => timestamptz<{ at: number }>(({ at }) => Math.trunc(at + correctionMs))

export const executionWriter: ReportWriter<z.output<typeof executionSchema>> = {
  name: 'executions',
  schema: executionSchema,
  insertion: (sender) => ({
    table: 'agent_executions',
    same: { agent_name: sender.agentId, instance_id: sender.instanceId },
    columns: {
      id: uuid((entry) => entry.id),
      timestamp: happened(sender),
      execution_type: text((entry) => entry.type),
      input_data: jsonb((entry) => entry.input),
      output_data: jsonb((entry) => entry.output),
      success: boolean((entry) => entry.success),
      execution_time_ms: float((entry) => entry.durationMs),
      error_message: text((entry) => entry.error),
      configuration_version: integer((entry) => entry.version),
      metrics: jsonb((entry) => entry.metrics),
    },
  }),
}

export const decisionWriter: ReportWriter<z.output<typeof decisionSchema>> = {
  name: 'decisions',
  schema: decisionSchema,
  insertion: (sender) => ({
    table: 'agent_decisions',
    same: { agent: sender.agentId },
    columns: {
      id: text((entry) => entry.id),
      timestamp: happened(sender),
      type: text((entry) => entry.type),
      context: jsonb((entry) => entry.context),
      reasoning: jsonb((entry) => entry.reasoning),
      outcome: jsonb((entry) => entry.outcome),
      agent_state: jsonb((entry) => entry.agentState),
      system: jsonb((entry) => entry.system),
      feedback: jsonb((entry) => entry.feedback),
    },
  }),
}

export const messageWriter: ReportWriter<z.output<typeof messageSchema>> = {
  name: 'messages',
  schema: messageSchema,
  insertion: (sender) => ({
    table: 'agent_messages',
    same: { from_agent: sender.agentId, instance_id: sender.instanceId },
    columns: {
      id: uuid((entry) => entry.id),
      timestamp: happened(sender),
      to_agent: text((entry) => entry.to),
      type: text((entry) => entry.type),
      latency_ms: float((entry) => entry.latencyMs),
      delivered: boolean((entry) => entry.delivered),
      agreed: boolean((entry) => entry.agreed),
      conflict_resolution_ms: float((entry) => entry.conflictResolutionMs),
      configuration_version: integer((entry) => entry.version),
    },
  }),
}

export const stateWriter: ReportWriter<z.output<typeof agentStateSchema>> = {
  name: 'states',
  schema: agentStateSchema,
  insertion: (sender) => ({
    table: 'agent_state',
    same: { agent_id: sender.agentId, instance_id: sender.instanceId },
    columns: {
      timestamp: happened(sender),
      reputation: float((entry) => entry.reputation),
      autonomy: float((entry) => entry.autonomy),
      goal_primary: float((entry) => entry.goalProgress?.primary),
      goal_secondary: float((entry) => entry.goalProgress?.secondary),
      goal_tactical: float((entry) => entry.goalProgress?.tactical),
      goal_overall: float((entry) => entry.goalProgress?.overall),
      is_running: boolean((entry) => entry.isRunning),
      last_execution_at: timestamptz(({ lastExecutionAt: at }) =>
        at === undefined ? null : Math.trunc(at + sender.correctionMs),
      ),
      cycle_count: bigint((entry) => entry.cycleCount),
    },
  }),
}

export const selfReportWriter: ReportWriter<z.output<typeof selfReportSchema>> = {
  name: 'selfReports',
  schema: selfReportSchema,
  insertion: (sender) => ({
    table: 'agent_self_reports',
    same: { agent_id: sender.agentId, instance_id: sender.instanceId },
    columns: { timestamp: happened(sender), ...selfReportColumns },
  }),
}

export type SelfReportFigures = Partial<Omit<z.output<typeof selfReportSchema>, 'at'>>

/** The figures of a self-report. */
export const selfReportColumns = {
  decision_count: bigint((report: SelfReportFigures) => report.decisionCount),
  sources_queried: bigint((report: SelfReportFigures) => report.sourcesQueried),
  signals_generated: bigint((report: SelfReportFigures) => report.signalsGenerated),
  avg_confidence: float((report: SelfReportFigures) => report.avgConfidence),
  success_rate: float((report: SelfReportFigures) => report.successRate),
  avg_response_time: float((report: SelfReportFigures) => report.avgResponseTime),
  api_calls_used: bigint((report: SelfReportFigures) => report.apiCallsUsed),
  cache_hit_rate: float((report: SelfReportFigures) => report.cacheHitRate),
  operation_times: jsonb((report: SelfReportFigures) => report.operationTimes),
}
