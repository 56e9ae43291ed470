import { findUnmatchedRules } from '../analysis/eligibility/index.ts'
import type { Knob } from '../model/knob.ts'
import type { Limits } from '../model/limits.ts'
import type { MetricCatalogue } from '../model/metric.ts'
import { listAgents } from '../store/agents.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

const component = 'limits'

/**
 * Raises and resolves the alerts about the operator's limits: that they cannot be read, or that rules match no agent, knob or metric.
 * @param limits the limits, or the sentence that says why they cannot be read
 */
export async function alertOnLimits(
  db: Database,
  limits: Limits | string,
  known: { knobs: Record<string, Knob[]>; catalogue: MetricCatalogue },
): Promise<void> {
  const broken = { cause: 'broken-limits', component } as const
  if (typeof limits === 'string') return await raiseAlert(db, { ...broken, severity: 'high', message: limits })
  await resolveAlert(db, broken)
  const unmatched = findUnmatchedRules(limits, await listAgents(db), known.knobs, known.catalogue)
  const alert = { cause: 'unmatched-limits', component } as const
  if (unmatched.length === 0) return await resolveAlert(db, alert)
  const message = `These rules in the limits file match no agent, knob or metric: ${unmatched.join('; ')}.`
  await raiseAlert(db, { ...alert, severity: 'medium', message })
}
