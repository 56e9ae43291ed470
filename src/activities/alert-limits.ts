import { findUnmatchedRules } from '../analysis/eligibility/index.ts'
import type { Knob } from '../model/knob.ts'
import type { Limits } from '../model/limits.ts'
import { listAgents } from '../store/agents.ts'
import { raiseAlert, resolveComponentAlerts } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

const component = 'limits'

/**
 * Keeps the alerts about the operator's limits: that they cannot be read, or name what no agent has, for as long as it is so.
 * @param limits or why they cannot be read
 */
export async function alertLimits(db: Database, limits: Limits | string, knobs: Record<string, Knob[]>): Promise<void> {
  if (typeof limits === 'string') return await raiseAlert(db, { severity: 'high', component, message: limits })
  const agents = await listAgents(db)
  const unmatched = findUnmatchedRules(
    limits,
    agents.map(({ agentId, kind }) => ({ agentId, kind, knobs: knobs[agentId] ?? [] })),
  )
  const message = `The limits name what no agent has, and limit nothing there: ${unmatched.join('; ')}.`
  await resolveComponentAlerts(db, component, unmatched.length > 0 ? message : undefined)
  if (unmatched.length > 0) await raiseAlert(db, { severity: 'medium', component, message })
}
