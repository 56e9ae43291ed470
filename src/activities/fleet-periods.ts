/** The activity of agents before a trial, and in a period after it: an agent by itself, and the rest of the fleet as one group. */

import { MAX_JUDGED_EXECUTIONS, type ObservationPeriods } from '../analysis/trials/late-harm.ts'
import { mergeObservations } from '../analysis/trials/pooled-observations.ts'
import { listAgentInstances, listAgents } from '../store/agents.ts'
import { listEquivalentVersions } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { ignoreDataErrors } from '../store/errors.ts'
import { loadObservations } from '../trials/observations.ts'

export type FleetPeriods = Record<keyof ObservationPeriods, { from: Date; to: Date }>

/** Agents that show how the rest of the fleet changes, and those among whom they are looked for. */
const MAX_COMPARED = 30
const MAX_ASKED = 100

/** The newest observations of an agent in each period, under the versions given for it. */
export async function loadAgentPeriods(
  db: Database,
  agentId: string,
  periods: FleetPeriods,
  versions: Record<keyof FleetPeriods, number[]>,
  limit?: number,
): Promise<ObservationPeriods> {
  const instanceIds = (await listAgentInstances(db, agentId)).map(({ instanceId }) => instanceId)
  const load = (period: keyof FleetPeriods) =>
    loadObservations(db, { agentId, instanceIds, versions: versions[period], ...periods[period], limit })
  return { before: await load('before'), since: await load('since') }
}

/**
 * The same of other agents whose configuration has not changed, those of the same kind first: some of the newest observations of each,
 * about as many as are judged. Agents are read one after the other, so that a large fleet takes only one connection.
 */
export async function loadFleetPeriods(db: Database, agentId: string, periods: FleetPeriods): Promise<ObservationPeriods> {
  const all = await listAgents(db)
  const { kind } = all.find((agent) => agent.agentId === agentId) ?? {}
  const others = all.filter((agent) => agent.agentId !== agentId)
  const alike = [...others.filter((other) => other.kind === kind), ...others.filter((other) => other.kind !== kind)]
  const limit = Math.ceil(MAX_JUDGED_EXECUTIONS / Math.max(1, Math.min(alike.length, MAX_COMPARED)))
  const found: ObservationPeriods[] = []
  for (const other of alike.slice(0, MAX_ASKED)) {
    const unchanged = await listEquivalentVersions(db, other.agentId, other.configurationVersion)
    const versions = { before: unchanged, since: unchanged }
    const seen = await loadAgentPeriods(db, other.agentId, periods, versions, limit).catch(ignoreDataErrors)
    if (seen && seen.before.executions.length > 0 && seen.since.executions.length > 0) found.push(seen)
    if (found.length === MAX_COMPARED) break
  }
  return {
    before: mergeObservations(found.map(({ before }) => before)),
    since: mergeObservations(found.map(({ since }) => since)),
  }
}
