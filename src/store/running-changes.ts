import type { Strategy } from '../model/strategy.ts'
import type { Database } from './database.ts'
import { isOneOf } from './is-one-of.ts'
import type { Trial } from './trials.ts'

export type RunningChange = Pick<
  Trial,
  'id' | 'agentId' | 'workflowId' | 'state' | 'startedAt' | 'judgement' | 'observeMs' | 'progress'
> & {
  strategy: Strategy
}

/** The trials that have not ended with their strategies, oldest first. @param agentIds by default of all agents */
export function listRunningChanges(db: Database, agentIds?: readonly string[]): Promise<RunningChange[]> {
  return db
    .selectFrom('trials')
    .innerJoin('strategies', 'strategies.id', 'trials.id')
    .where('endedAt', 'is', null)
    .$if(agentIds !== undefined, (query) => query.where(isOneOf('trials.agentId', agentIds!)))
    .orderBy('startedAt')
    .select(['trials.id', 'trials.agentId', 'workflowId', 'state', 'startedAt', 'judgement', 'observeMs', 'progress'])
    .select('strategies.content as strategy')
    .execute()
}
