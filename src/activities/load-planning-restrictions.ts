import { createPlanningRestrictions, findUnmatchedRules, type PlanningRestrictions } from '../analysis/eligibility/index.ts'
import type { Config } from '../config.ts'
import { readLimits } from '../limits.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Limits } from '../model/limits.ts'
import { listAgents, loadKnobsByAgent } from '../store/agents.ts'
import { raiseAlert, resolveComponentAlerts } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'
import { loadProvenConfigurations } from '../store/proven-versions.ts'
import { countTrialsByAgent } from '../store/trials.ts'

const hourMs = 3_600_000
const component = 'limits'

/** What the planner must leave alone; everything, with an alert, while the operator's limits cannot be understood. */
export async function loadPlanningRestrictions(db: Database, config: Config): Promise<PlanningRestrictions> {
  const now = Date.now()
  try {
    const limits = readLimits(config)
    await alertUnmatchedRules(db, limits)
    const [changesLastHour, proven] = await Promise.all([
      countTrialsByAgent(db, new Date(now - hourMs)),
      loadProvenConfigurations(db),
    ])
    return createPlanningRestrictions({ limits, changesLastHour, proven, now })
  } catch (error) {
    if (!(error instanceof OptimizerError) || error.code !== 'broken-limits') throw error
    await raiseAlert(db, { severity: 'high', component, message: error.message })
    return { maxAggressiveness: 1, findBlockReason: () => error.message, allowed: () => undefined }
  }
}

/** Alerts to limits that nobody fits, for as long as they are in the file and nobody does. */
async function alertUnmatchedRules(db: Database, limits: Limits): Promise<void> {
  const [agents, knobs] = await Promise.all([listAgents(db), loadKnobsByAgent(db)])
  const unknown = findUnmatchedRules(
    limits,
    agents.map(({ agentId, kind }) => ({ agentId, kind, knobs: knobs[agentId] ?? [] })),
  )
  const message = `The limits name what no agent has, and limit nothing there: ${unknown.join('; ')}.`
  await resolveComponentAlerts(db, component, unknown.length > 0 ? message : undefined)
  if (unknown.length > 0) await raiseAlert(db, { severity: 'medium', component, message })
}
