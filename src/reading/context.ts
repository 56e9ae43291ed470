import type { Client } from '@temporalio/client'
import type { Config } from '../config/config.ts'
import type { Database } from '../store/database.ts'

/** The connections that the read model uses. */
export interface ReadContext {
  db: Database
  temporal: Client
  config: Config
}

/** The part of the context that can be read while Temporal is away. */
export type StoredContext = Pick<ReadContext, 'db' | 'config'>
