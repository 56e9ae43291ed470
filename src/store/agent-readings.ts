import type { AgentReading } from '../model/readings.ts'
import type { Database } from './database.ts'
import { isLive } from './instance-liveness.ts'
import { toEpochMs } from './usable.ts'

/**
 * Every agent that was not forgotten (or those named), by id, with its proven configuration and the number of its live instances.
 * @param now milliseconds since the epoch
 */
export async function listAgentReadings(db: Database, now: number, agentIds?: string[]): Promise<AgentReading[]> {
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
            fn.countAll<number>().filterWhere(isLive(now)).as('instances'),
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
