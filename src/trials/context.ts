import type { Config } from '../config/config.ts'
import type { Database } from '../store/database.ts'

/** The dependencies for reading trials. */
export interface TrialContext {
  db: Database
  config: Config
}
