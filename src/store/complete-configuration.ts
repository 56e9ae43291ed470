import { completeValues } from '../model/declaration.ts'
import { formatValue } from '../model/format.ts'
import { isSameValue, type KnobValues } from '../model/knob.ts'
import { assignConfiguration, findConfiguration, insertConfiguration, lockAgent, setProvenVersion } from './configurations.ts'
import { type Database, inTransaction } from './database.ts'
import { listDeclarations } from './declarations.ts'

/**
 * Writes a proven version that fits what the instances declare, if the present one lacks a value of a knob or has one that none of
 * them allows. The instances that run with the present one get it; those in a trial do not.
 * @throws OptimizerError `unknown-agent`
 */
export function completeConfiguration(db: Database, agentId: string): Promise<void> {
  return inTransaction(db, async (db) => {
    const { configurationVersion: proven } = await lockAgent(db, agentId)
    const before = (await findConfiguration(db, agentId, proven))!.values
    const values = completeValues(await listDeclarations(db, agentId), before)
    const reason = describeCompletion(before, values)
    if (!reason) return
    const version = await insertConfiguration(db, { agentId, values, origin: 'operator', reason })
    const holders = await db
      .selectFrom('agentInstances')
      .where('agentId', '=', agentId)
      .where('assignedVersion', '=', proven)
      .select('instanceId')
      .execute()
    await assignConfiguration(
      db,
      agentId,
      holders.map(({ instanceId }) => instanceId),
      version,
    )
    await setProvenVersion(db, agentId, version)
  })
}

function describeCompletion(before: KnobValues, values: KnobValues): string | undefined {
  const changed = Object.entries(values).filter(([name, value]) => !isSameValue(value, before[name]))
  if (changed.length === 0) return undefined
  const parts = changed.map(([name, value]) =>
    name in before
      ? `${name} ${formatValue(before[name])} → ${formatValue(value)}, as its bounds require`
      : `${name} ${formatValue(value)} added`,
  )
  return `A release of the agent changed its knobs: ${parts.join('; ')}`
}
