import type { AgentReading } from '../model/readings.ts'
import type { Database } from './database.ts'
import { toEpochMs } from './usable.ts'

/**
 * Every agent that was not forgotten (or those named), by id, with its proven configuration and the number of its instances with a heartbeat
 * since `aliveSince`.
 */
export async function listAgentReadings(db: Database, aliveSince: Date, agentIds?: string[]): Promise<AgentReading[]> {
  const rows = await db
    .selectFrom('agents as agent')
    .innerJoin('configurations as configuration', (join) =>
      join.onRef('configuration.agentId', '=', 'agent.agentId').onRef('configuration.version', '=', 'agent.configurationVersion'),
    )
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('agentInstances')
          .$if(agentIds !== undefined, (query) => query.where('agentId', 'in', agentIds!))
          .groupBy('agentId')
          .select(({ fn }) => [
            'agentId',
            fn
              .countAll<number>()
              .filterWhere((is) => is.and([is('heartbeatAt', '>', aliveSince), is('leftAt', 'is', null)]))
              .as('instances'),
            toEpochMs('max(heartbeat_at)').as('heartbeatAt'),
          ])
          .as('life'),
      (join) => join.onRef('life.agentId', '=', 'agent.agentId'),
    )
    .where('agent.forgottenAt', 'is', null)
    .$if(agentIds !== undefined, (query) => query.where('agent.agentId', 'in', agentIds!))
    .orderBy('agent.agentId')
    .select(['agent.agentId', 'kind', 'life.instances', 'life.heartbeatAt', 'version', 'values'])
    .execute()
  return rows.map(({ version, values, instances, ...row }) => ({
    ...row,
    instances: instances ?? 0,
    configuration: { version, values },
  }))
}
