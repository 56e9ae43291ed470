import { type Restraint, restraint } from '../analysis/brakes/index.ts'
import type { Config } from '../config.ts'
import { OptimizerError } from '../model/errors.ts'
import { raiseAlert, resolveAlertsOf } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'
import { provenConfigurations } from '../store/proven-versions.ts'
import { trialsBegun } from '../store/trials.ts'
import { readLimits } from './read-limits.ts'

const hourMs = 3_600_000
const component = 'limits'

/** What the planner must leave alone; everything, with an alert, while the operator's limits cannot be understood. */
export async function readRestraint(db: Database, config: Config): Promise<Restraint> {
  const now = Date.now()
  try {
    const limits = readLimits(config)
    await resolveAlertsOf(db, component)
    const [changesLastHour, proven] = await Promise.all([trialsBegun(db, new Date(now - hourMs)), provenConfigurations(db)])
    return restraint({ limits, changesLastHour, proven, now })
  } catch (error) {
    if (!(error instanceof OptimizerError) || error.code !== 'broken-limits') throw error
    await raiseAlert(db, { severity: 'high', component, message: error.message })
    return { maxAggressiveness: 1, bars: () => error.message, allowed: () => undefined }
  }
}
