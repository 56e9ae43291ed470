import { findThresholdsProblem } from '../model/alert-threshold.ts'
import { type EngineSettings, type EngineSettingsOverrides, engineSettingsUpdateSchema } from '../model/engine-settings.ts'
import { OptimizerError } from '../model/errors.ts'
import { describeIssue } from '../model/issue.ts'
import { changeEngineSettings } from '../store/engine-settings.ts'
import { loadCatalogue } from '../store/metrics.ts'
import type { OptimizerClient } from './optimizer.ts'

/**
 * Changes parameters of the performance engine while it runs, or resets them to the configured values: either all that are named or none. They
 * stay in force across restarts.
 * @returns all parameters now in force
 * @throws OptimizerError `invalid-settings` with the reason
 */
export async function updateEngineSettings(
  { db, config }: Pick<OptimizerClient, 'db' | 'config'>,
  update: unknown,
  by: string,
): Promise<EngineSettings> {
  const parsed = engineSettingsUpdateSchema.safeParse(update)
  if (!parsed.success) throw refuse(describeIssue(parsed.error, 'the parameters'))
  const problem = findThresholdsProblem(parsed.data.alert_thresholds ?? {}, await loadCatalogue(db, config.metrics))
  if (problem) throw refuse(`alert_thresholds: ${problem}`)
  const { reset = [], ...named } = parsed.data
  const kept = (before: EngineSettingsOverrides) =>
    Object.entries(before).filter(([name]) => !reset.some((each) => each === name))
  const changed = await changeEngineSettings(db, (before) => ({ ...Object.fromEntries(kept(before)), ...named }), by)
  return { ...config.performance_engine_agent, ...changed }
}

const refuse = (reason: string) => new OptimizerError('invalid-settings', `Nothing was changed: ${reason}.`)
