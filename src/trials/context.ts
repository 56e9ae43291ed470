import type { Config } from '../config/config.ts'
import type { Database } from '../store/database.ts'

/** What trials are read with. */
export interface TrialContext {
  db: Database
  config: Config
}
