import type { FleetFacts } from '../analysis/eligibility/index.ts'
import { describeViolation, findBoundViolations } from '../analysis/observing/bounds.ts'
import { addFullStop } from '../model/format.ts'
import { findObjective } from '../model/objective.ts'
import type { Snapshot } from '../model/profile.ts'
import { replaceAlerts } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

/** Raises an alert for each agent that is beyond bounds of its objective, and resolves those of agents that are within them. */
export async function alertOnViolatedBounds(
  db: Database,
  snapshot: Snapshot,
  { objectives, catalogue }: Pick<FleetFacts, 'objectives' | 'catalogue'>,
): Promise<void> {
  const alerts = snapshot.agents.flatMap((agent) => {
    const objective = findObjective(objectives, agent)
    const violations = objective ? findBoundViolations(objective, agent, catalogue) : []
    if (violations.length === 0) return []
    const message = violations.map((violation) => describeViolation(agent.agentId, violation)).join('; ')
    return [{ component: agent.agentId, severity: 'high' as const, message: addFullStop(message) }]
  })
  await replaceAlerts(db, 'violated-bound', alerts)
}
