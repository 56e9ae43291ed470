import type { EngineSettings } from '../model/engine-settings.ts'
import { getEngineSettings } from '../store/engine-settings.ts'
import type { ReadContext } from './context.ts'

/** The parameters of the performance engine in force. */
export async function readEngineSettings({ db, config }: Pick<ReadContext, 'db' | 'config'>): Promise<EngineSettings> {
  return await getEngineSettings(db, config.performance_engine_agent)
}
