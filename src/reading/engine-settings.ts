import type { EngineSettings } from '../model/engine-settings.ts'
import { findEngineSettings } from '../store/engine-settings.ts'
import type { ReadingContext } from './context.ts'

/** The parameters of the performance engine in force: as last changed while it ran, or else those of the configuration. */
export async function readEngineSettings({ db, config }: ReadingContext): Promise<EngineSettings> {
  return (await findEngineSettings(db)) ?? config.performance_engine_agent
}
