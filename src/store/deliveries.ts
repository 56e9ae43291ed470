import type { Delivery } from '../messaging/protocol.ts'
import { fitValues } from '../model/declaration.ts'
import { OptimizerError } from '../model/errors.ts'
import type { KnobValues } from '../model/knob.ts'
import type { Database } from './database.ts'

/** The values with which each instance of an agent runs under a configuration: those of the knobs that it declares. */
export async function loadInstanceValues(db: Database, agentId: string, values: KnobValues): Promise<Map<string, KnobValues>> {
  const rows = await db
    .selectFrom('agentInstances as instance')
    .innerJoin('declarations as declaration', 'declaration.id', 'instance.declarationId')
    .where('instance.agentId', '=', agentId)
    .select(['instanceId', 'knobs'])
    .execute()
  return new Map(rows.map(({ instanceId, knobs }) => [instanceId, fitValues(knobs, values)]))
}

/**
 * The configuration assigned to an instance, with the values of the knobs that it declares.
 * @throws OptimizerError `unknown-agent` if it was never announced
 */
export async function getAssignedConfiguration(db: Database, agentId: string, instanceId: string): Promise<Delivery> {
  const row = await db
    .selectFrom('agentInstances as instance')
    .innerJoin('declarations as declaration', 'declaration.id', 'instance.declarationId')
    .innerJoin('configurations as configuration', (join) =>
      join
        .onRef('configuration.agentId', '=', 'instance.agentId')
        .onRef('configuration.version', '=', 'instance.assignedVersion'),
    )
    .where('instance.agentId', '=', agentId)
    .where('instance.instanceId', '=', instanceId)
    .select(['configuration.version', 'configuration.values', 'declaration.knobs'])
    .executeTakeFirst()
  if (row) return { version: row.version, values: fitValues(row.knobs, row.values) }
  throw new OptimizerError(
    'unknown-agent',
    `No instance ${instanceId} of agent ${agentId} has announced itself; announce it first.`,
  )
}
