import { hash } from 'node:crypto'
import { sql } from 'kysely'
import { type Declaration, mergeKnobs } from '../model/declaration.ts'
import type { Knob } from '../model/knob.ts'
import { livenessTimeoutMs } from '../model/liveness.ts'
import type { Database } from './database.ts'
import { isOneOf } from './is-one-of.ts'

/** The same for all that declare the same knobs. */
export const computeKnobsDigest = (knobs: readonly Knob[]): string => hash('sha256', JSON.stringify(knobs), 'hex')

/** Records the knobs that an instance declares; returns the id that it shares with all that declare the same. */
export async function recordDeclaration(db: Database, agentId: string, knobs: readonly Knob[]): Promise<number> {
  const digest = computeKnobsDigest(knobs)
  const { id } = await db
    .insertInto('declarations')
    .values({ agentId, digest, knobs: JSON.stringify(knobs) })
    .onConflict((conflict) => conflict.columns(['agentId', 'digest']).doUpdateSet({ digest }))
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** The declarations of an agent's live instances, newest first; if none is live, those of the instances that were live last. */
export async function listDeclarations(db: Database, agentId: string): Promise<Declaration[]> {
  return (await loadDeclarationsByAgent(db, [agentId]))[agentId] ?? []
}

/** The declarations of every agent (or those named), by agent id; as `listDeclarations`. */
export async function loadDeclarationsByAgent(db: Database, agentIds?: string[]): Promise<Record<string, Declaration[]>> {
  const rows = await db
    .with('heard', (db) =>
      db
        .selectFrom('agentInstances')
        .$if(agentIds !== undefined, (query) => query.where(isOneOf('agentId', agentIds!)))
        .select(({ fn }) => [
          'agentId',
          'declarationId',
          'heartbeatAt',
          fn
            .max('heartbeatAt')
            .over((over) => over.partitionBy('agentId'))
            .as('heardAt'),
        ]),
    )
    .with('running', (db) =>
      db
        .selectFrom('heard')
        .where(sql<boolean>`heartbeat_at > heard_at - ${livenessTimeoutMs} * interval '1 millisecond'`)
        .groupBy('declarationId')
        .select(({ fn }) => ['declarationId', fn.countAll<number>().as('instances')]),
    )
    .selectFrom('running')
    .innerJoin('declarations', 'declarations.id', 'running.declarationId')
    .orderBy('declarations.agentId')
    .orderBy('declarations.id', 'desc')
    .select(['declarations.agentId', 'declarations.knobs', 'running.instances'])
    .execute()
  const byAgent = Map.groupBy(rows, ({ agentId }) => agentId)
  return Object.fromEntries(
    [...byAgent].map(([agentId, known]) => [agentId, known.map(({ agentId: _, ...declaration }) => declaration)]),
  )
}

/** The knobs of an agent, of all its declarations together. */
export async function listKnobs(db: Database, agentId: string): Promise<Knob[]> {
  return mergeKnobs(await listDeclarations(db, agentId))
}

/** The knobs of every agent (or those named), by its id; as `listKnobs`. */
export async function loadKnobsByAgent(db: Database, agentIds?: string[]): Promise<Record<string, Knob[]>> {
  const declarations = Object.entries(await loadDeclarationsByAgent(db, agentIds))
  return Object.fromEntries(declarations.map(([agentId, known]) => [agentId, mergeKnobs(known)]))
}

/** When the last of these instances changed what it declares; undefined if none is known. */
export async function findLatestDeclarationTime(
  db: Database,
  agentId: string,
  instanceIds: readonly string[],
): Promise<Date | undefined> {
  if (instanceIds.length === 0) return undefined
  const row = await db
    .selectFrom('agentInstances')
    .where('agentId', '=', agentId)
    .where('instanceId', 'in', instanceIds)
    .select(({ fn }) => fn.max('declaredAt').as('declaredAt'))
    .executeTakeFirst()
  return row?.declaredAt ?? undefined
}
