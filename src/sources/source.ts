import type { SourceName } from '../model/profile.ts'
import type { Database } from '../store/database.ts'

export interface SourceRequest {
  db: Database
  /** Milliseconds since the epoch. */
  now: number
  /** Undefined is all. */
  agentIds?: string[]
}

/** Where metrics come from: one read for all agents, in a number of queries that does not grow with them. */
export interface Source<Reading> {
  name: SourceName
  read(request: SourceRequest): Promise<Reading>
}
