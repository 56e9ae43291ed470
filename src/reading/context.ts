import type { Client } from '@temporalio/client'
import type { Config } from '../config.ts'
import type { Database } from '../store/database.ts'

/** Where the read model reads from. */
export interface ReadingContext {
  db: Database
  temporal: Client
  config: Config
}
