import type { z } from 'zod'
import {
  agentStateSchema,
  decisionSchema,
  executionSchema,
  messageSchema,
  type ReportBatch,
  selfReportSchema,
} from '../messaging/protocol.ts'
import type { Database } from './database.ts'

/** The sender of a batch, with the conversion of its clock to ours. */
export interface Sender {
  agentId: string
  instanceId: string
  /** Converts milliseconds of the sender's clock to a time of ours. */
  moment(at: number): Date
}

/** One list of a batch: the schema of its entries, and the statement that stores them. */
export interface ReportWriter<Entry> {
  name: keyof Pick<ReportBatch, 'executions' | 'decisions' | 'messages' | 'states' | 'selfReports'>
  schema: z.ZodType<Entry>
  insert(db: Database, sender: Sender, entries: Entry[]): Promise<unknown>
}

const json = (value: unknown) => JSON.stringify(value ?? null)

export const executionWriter: ReportWriter<z.output<typeof executionSchema>> = {
  name: 'executions',
  schema: executionSchema,
  insert: (db, { agentId, instanceId, moment }, entries) =>
    db
      .insertInto('agentExecutions')
      .values(
        entries.map((entry) => ({
          id: entry.id,
          timestamp: moment(entry.at),
          agentName: agentId,
          executionType: entry.type,
          inputData: entry.input && json(entry.input),
          outputData: entry.output && json(entry.output),
          success: entry.success,
          executionTimeMs: entry.durationMs,
          errorMessage: entry.error ?? null,
          instanceId,
          configurationVersion: entry.version,
          metrics: entry.metrics && json(entry.metrics),
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
}

export const decisionWriter: ReportWriter<z.output<typeof decisionSchema>> = {
  name: 'decisions',
  schema: decisionSchema,
  insert: (db, { agentId, moment }, entries) =>
    db
      .insertInto('agentDecisions')
      .values(
        entries.map((entry) => ({
          id: entry.id,
          timestamp: moment(entry.at),
          agent: agentId,
          type: entry.type,
          context: json(entry.context),
          reasoning: json(entry.reasoning),
          outcome: json(entry.outcome),
          agentState: json(entry.agentState),
          system: json(entry.system),
          feedback: json(entry.feedback),
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
}

export const messageWriter: ReportWriter<z.output<typeof messageSchema>> = {
  name: 'messages',
  schema: messageSchema,
  insert: (db, { agentId, instanceId, moment }, entries) =>
    db
      .insertInto('agentMessages')
      .values(
        entries.map((entry) => ({
          id: entry.id,
          timestamp: moment(entry.at),
          fromAgent: agentId,
          toAgent: entry.to,
          type: entry.type,
          latencyMs: entry.latencyMs ?? null,
          delivered: entry.delivered,
          agreed: entry.agreed ?? null,
          conflictResolutionMs: entry.conflictResolutionMs ?? null,
          instanceId,
          configurationVersion: entry.version,
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
}

export const stateWriter: ReportWriter<z.output<typeof agentStateSchema>> = {
  name: 'states',
  schema: agentStateSchema,
  insert: (db, { agentId, instanceId, moment }, entries) =>
    db
      .insertInto('agentState')
      .values(
        entries.map(({ goalProgress, lastExecutionAt, ...entry }) => ({
          timestamp: moment(entry.at),
          agentId,
          instanceId,
          reputation: entry.reputation ?? null,
          autonomy: entry.autonomy ?? null,
          goalPrimary: goalProgress?.primary ?? null,
          goalSecondary: goalProgress?.secondary ?? null,
          goalTactical: goalProgress?.tactical ?? null,
          goalOverall: goalProgress?.overall ?? null,
          isRunning: entry.isRunning ?? null,
          lastExecutionAt: lastExecutionAt === undefined ? null : moment(lastExecutionAt),
          cycleCount: entry.cycleCount ?? null,
        })),
      )
      .execute(),
}

export const selfReportWriter: ReportWriter<z.output<typeof selfReportSchema>> = {
  name: 'selfReports',
  schema: selfReportSchema,
  insert: (db, { agentId, instanceId, moment }, entries) =>
    db
      .insertInto('agentSelfReports')
      .values(
        entries.map(({ at, operationTimes, ...metrics }) => ({
          timestamp: moment(at),
          agentId,
          instanceId,
          ...metrics,
          operationTimes: operationTimes && json(operationTimes),
        })),
      )
      .execute(),
}
