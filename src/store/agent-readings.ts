import type { AgentReading } from '../model/readings.ts'
import type { Database } from './database.ts'

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
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('agentInstances as instance')
          .whereRef('instance.agentId', '=', 'agent.agentId')
          .select(({ fn }) => [
            fn
              .countAll<number>()
              .filterWhere((is) => is.and([is('instance.heartbeatAt', '>', aliveSince), is('instance.leftAt', 'is', null)]))
              .as('instances'),
            fn.max('instance.heartbeatAt').as('heartbeatAt'),
          ])
          .as('life'),
      (join) => join.onTrue(),
    )
    .where('agent.forgottenAt', 'is', null)
    .$if(agentIds !== undefined, (query) => query.where('agent.agentId', 'in', agentIds!))
    .orderBy('agent.agentId')
    .select(['agent.agentId', 'kind', 'instances', 'heartbeatAt', 'version', 'values'])
    .execute()
  return rows.map(({ version, values, heartbeatAt, ...row }) => ({
    ...row,
    heartbeatAt: (heartbeatAt as Date | null)?.getTime() ?? null,
    configuration: { version, values },
  }))
}
