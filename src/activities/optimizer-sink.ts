import type { Client } from '@temporalio/client'
import { agentUnderperformanceSignal, performanceAlertSignal, resourceConstraintWarningSignal } from '../contract/messages.ts'
import { resourceMetrics } from '../model/alert-signals.ts'
import type { AlertNotice, Sink } from '../sinks/sink.ts'
import { findComponentAgent } from '../store/components.ts'
import type { Database } from '../store/database.ts'
import { signalOptimizerWorkflow } from '../temporal/starters.ts'

/** The `optimizer` workflow as a receiver of the alerts about thresholds and anomalies, as the signals of B12. */
export function createOptimizerSink(db: Database, temporal: Client, taskQueue: string): Sink {
  const tell = async ({ state, cause, metric, subject, message }: AlertNotice) => {
    if (!metric || !subject) return
    const isAnomaly = cause === 'anomaly'
    // A single spike is over before a cycle begins.
    if (isAnomaly && state === 'low') return
    const starter = { temporal, taskQueue }
    const isOver = state === 'resolved'
    const agent = await findComponentAgent(db, subject)
    // An unusual use of a resource does not mean that it is short, and what one agent lacks need not be saved by all others.
    if (resourceMetrics.has(metric) && !isAnomaly && (isOver || !agent)) {
      const warning = { resource: metric, component: subject, isOver, reason: message }
      return await signalOptimizerWorkflow(starter, resourceConstraintWarningSignal, warning)
    }
    if (isOver) return
    if (agent)
      return await signalOptimizerWorkflow(starter, agentUnderperformanceSignal, { agent, severity: state, reason: message })
    await signalOptimizerWorkflow(starter, performanceAlertSignal, { severity: state, reason: message })
  }
  return {
    name: 'optimizer',
    async send(notices) {
      for (const notice of notices) await tell(notice)
    },
  }
}
