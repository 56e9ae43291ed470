import { findUnmatchedRules } from '../analysis/eligibility/index.ts'
import type { Knob } from '../model/knob.ts'
import type { Limits } from '../model/limits.ts'
import { listAgents } from '../store/agents.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

const component = 'limits'

/**
 * Raises and resolves the alerts about the operator's limits: that they cannot be read, or that rules match no agent or knob.
 * @param limits the limits, or the sentence that says why they cannot be read
 */
export async function alertLimits(db: Database, limits: Limits | string, knobs: Record<string, Knob[]>): Promise<void> {
  const broken = { cause: 'broken-limits', component } as const
  if (typeof limits === 'string') return await raiseAlert(db, { ...broken, severity: 'high', message: limits })
  await resolveAlert(db, broken)
  const agents = await listAgents(db)
  const unmatched = findUnmatchedRules(
    limits,
    agents.map(({ agentId, kind }) => ({ agentId, kind, knobs: knobs[agentId] ?? [] })),
  )
  const alert = { cause: 'unmatched-limits', component } as const
  if (unmatched.length === 0) return await resolveAlert(db, alert)
  const message = `These rules in the limits file match no agent or knob: ${unmatched.join('; ')}.`
  await raiseAlert(db, { ...alert, severity: 'medium', message })
}
