import type { Announcement, Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { type Knob, type KnobValues, validateKnobValue } from '../model/knob.ts'
import { appendConfiguration, findConfiguration, lockAgent, setProvenVersion } from './configurations.ts'
import { type Database, inTransaction } from './database.ts'
import { heardSince } from './instance-liveness.ts'

/**
 * Registers an instance and returns its assigned configuration: the previous one if the instance was known, so that one
 * that restarts during a trial rejoins its arm, otherwise the proven one. The first announcement of an agent creates
 * version 1 from the knobs' defaults; one with changed knobs creates a version that fits them.
 * @throws OptimizerError `duplicate-knob`
 */
export async function registerInstance(db: Database, announcement: Announcement, now = Date.now()): Promise<Delivery> {
  const { agentId, instanceId, kind, knobs } = announcement
  assertUniqueKnobs(knobs)
  return await inTransaction(db, async (db) => {
    await db
      .insertInto('agents')
      .values({ agentId, kind })
      .onConflict((conflict) => conflict.column('agentId').doUpdateSet({ kind, forgottenAt: null, forgottenBy: null }))
      .execute()
    const agent = await lockAgent(db, agentId)
    await replaceKnobs(db, agentId, knobs)
    const proven = await ensureFittingConfiguration(db, agentId, agent.configurationVersion, knobs)
    const known = await db
      .selectFrom('agentInstances')
      .where('agentId', '=', agentId)
      .where('instanceId', '=', instanceId)
      .select('assignedVersion')
      .executeTakeFirst()
    const before = known && (await findConfiguration(db, agentId, known.assignedVersion))
    const { version, values } = before && fits(knobs, before.values) ? before : proven
    await upsertInstance(db, announcement, version, now)
    return { version, values }
  })
}

/** The proven configuration, or one derived from it if it lacks knobs, has too many, or is out of bounds. */
async function ensureFittingConfiguration(db: Database, agentId: string, version: number, knobs: Knob[]): Promise<Delivery> {
  const proven = await findConfiguration(db, agentId, version)
  if (proven && fits(knobs, proven.values)) return proven
  const before = proven?.values ?? {}
  const values = Object.fromEntries(knobs.map((knob) => [knob.name, acceptable(knob, before[knob.name]) ?? knob.default]))
  const next = await appendConfiguration(db, {
    agentId,
    values,
    ...(proven
      ? { origin: 'operator', reason: describeKnobChange(knobs, before) }
      : { origin: 'default', reason: 'The defaults the agent declared' }),
  })
  await setProvenVersion(db, agentId, next)
  return { version: next, values }
}

const acceptable = (knob: Knob, value: KnobValues[string] | undefined) => (validateKnobValue(knob, value) ? undefined : value)

function fits(knobs: readonly Knob[], values: KnobValues): boolean {
  return Object.keys(values).length === knobs.length && knobs.every((knob) => !validateKnobValue(knob, values[knob.name]))
}

function describeKnobChange(knobs: readonly Knob[], before: KnobValues): string {
  const names = new Set(knobs.map((knob) => knob.name))
  const added = knobs.filter((knob) => !(knob.name in before)).map((knob) => knob.name)
  const removed = Object.keys(before).filter((name) => !names.has(name))
  const reset = knobs.filter((knob) => knob.name in before && validateKnobValue(knob, before[knob.name])).map((knob) => knob.name)
  const parts = Object.entries({ added, removed, 'reset to the default because of new bounds': reset })
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${list.join(', ')} ${what}`)
  return `The agent changed its knobs: ${parts.join('; ')}`
}

async function replaceKnobs(db: Database, agentId: string, knobs: readonly Knob[]): Promise<void> {
  await db.deleteFrom('knobs').where('agentId', '=', agentId).execute()
  if (knobs.length === 0) return
  const rows = knobs.map((knob, position) => ({ agentId, name: knob.name, position, declaration: JSON.stringify(knob) }))
  await db.insertInto('knobs').values(rows).execute()
}

async function upsertInstance(db: Database, announcement: Announcement, version: number, now: number): Promise<void> {
  const { agentId, instanceId, transport, url, processId, runtime, sentAt } = announcement
  const row = {
    transport,
    url: url ?? null,
    processId: processId ?? null,
    runtime: runtime ?? null,
    announcedAt: new Date(now),
    heartbeatAt: new Date(now),
    leftAt: null,
    clockSkewMs: Math.round(sentAt - now),
    assignedVersion: version,
  }
  await db
    .insertInto('agentInstances')
    .values({ agentId, instanceId, heardSince: new Date(now), ...row })
    .onConflict((conflict) => conflict.columns(['agentId', 'instanceId']).doUpdateSet({ ...row, heardSince: heardSince(now) }))
    .execute()
}

function assertUniqueKnobs(knobs: readonly Knob[]): void {
  const names = knobs.map((knob) => knob.name)
  const duplicate = names.find((name, index) => names.indexOf(name) !== index)
  if (duplicate === undefined) return
  throw new OptimizerError('duplicate-knob', `The knob ${duplicate} is declared twice; declare every knob once.`)
}
