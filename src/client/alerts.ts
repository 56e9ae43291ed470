import type { z } from 'zod'
import { agentUnderperformanceSignal, performanceAlertSignal, resourceConstraintWarningSignal } from '../contract/messages.ts'
import { optimizerWorkflowId } from '../contract/workflows.ts'
import { type AlertReport, alertReportSchema } from '../model/alert-signals.ts'
import { type AlertAcknowledgementInput, alertAcknowledgementSchema } from '../model/commands.ts'
import { requireAgent } from '../store/agents.ts'
import { recordAlertAcknowledgement } from '../store/alerts.ts'
import { signalOptimizerWorkflow } from '../temporal/starters.ts'
import type { OptimizerClient } from './optimizer.ts'
import { recordRequest } from './record-request.ts'

/**
 * Acknowledges an open alert: it is not sent again unless it gets worse.
 * @throws OptimizerError `unknown-alert`; ZodError if nobody is named.
 */
export async function acknowledgeAlert(
  { db }: Pick<OptimizerClient, 'db'>,
  id: number,
  note: AlertAcknowledgementInput,
): Promise<void> {
  await recordAlertAcknowledgement(db, id, alertAcknowledgementSchema.parse(note))
}

/**
 * Tells the optimizer of an alert from outside (B12), as its own monitoring does; the answer is the workflow that reacts to it.
 * @throws OptimizerError `unknown-agent`; ZodError if it is invalid
 */
export async function reportAlert(
  client: Pick<OptimizerClient, 'db' | 'temporal' | 'taskQueue'>,
  report: z.input<typeof alertReportSchema>,
): Promise<{ workflowId: string }> {
  const alert = alertReportSchema.parse(report)
  if (alert.type === 'agentUnderperformance') await requireAgent(client.db, alert.agent)
  await send(client, alert)
  const { type, by: actor, reason, ...detail } = alert
  const subject = 'agent' in detail ? detail.agent : 'component' in detail ? detail.component : null
  const workflowId = optimizerWorkflowId
  const entry = { action: 'alert.reported', actor, subject, reason, workflowId }
  await recordRequest(client.db, { ...entry, detail: { signal: type, ...detail } })
  return { workflowId }
}

function send(client: Pick<OptimizerClient, 'temporal' | 'taskQueue'>, alert: AlertReport): Promise<void> {
  switch (alert.type) {
    case 'performanceAlert':
      return signalOptimizerWorkflow(client, performanceAlertSignal, withoutType(alert))
    case 'agentUnderperformance':
      return signalOptimizerWorkflow(client, agentUnderperformanceSignal, withoutType(alert))
    case 'resourceConstraintWarning':
      return signalOptimizerWorkflow(client, resourceConstraintWarningSignal, withoutType(alert))
  }
}

function withoutType<Report extends AlertReport>({ type: _, ...signal }: Report): Omit<Report, 'type'> {
  return signal
}
