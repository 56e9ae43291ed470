import { z } from 'zod'
import { type Bottleneck, bottleneckSchema, getBottleneckMetric } from '../model/bottleneck.ts'
import { countermeasuresSchema } from '../model/countermeasures.ts'
import { addImpactUnit } from '../model/impact-unit.ts'
import { selectKnownAgentIds } from '../store/agents.ts'
import { type BottleneckFilter, countBottlenecks, listFoundBottlenecks } from '../store/bottlenecks.ts'
import { type Cycle, listCycles } from '../store/cycles.ts'
import type { Database } from '../store/database.ts'
import { loadCatalogue } from '../store/metrics.ts'
import type { StoredContext } from './context.ts'
import { readCountermeasures } from './countermeasures.ts'
import { type ListRange, type Page, readPage } from './list-extent.ts'

/** A bottleneck, and whether it is one of an agent. */
export const locatedBottleneckSchema = bottleneckSchema.extend({
  agentId: z
    .string()
    .nullable()
    .describe('The agent on which the bottleneck was found; null if it was found elsewhere, for example on a host'),
})

export const recordedBottleneckSchema = locatedBottleneckSchema.extend({
  id: z.int(),
  cycleId: z.string(),
  detectedAt: z.date(),
  done: countermeasuresSchema.describe('What was done about the bottleneck by the cycle that found it'),
})
export type RecordedBottleneck = z.infer<typeof recordedBottleneckSchema>

const usualBottlenecks = 50

/** The bottlenecks that cycles found and that match, newest first, each with what was done about it. */
export async function readBottlenecks(
  context: StoredContext,
  { limit = usualBottlenecks, after, ...filter }: BottleneckFilter & ListRange = {},
): Promise<Page<RecordedBottleneck>> {
  const { db, config } = context
  const { items, total } = await readPage(listFoundBottlenecks(db, { ...filter, limit, after }), countBottlenecks(db, filter))
  const catalogue = await loadCatalogue(db, config.metrics)
  const cycles = await listCycles(db, [...new Set(items.map(({ cycleId }) => cycleId))])
  const cycleOf = new Map(cycles.map((cycle) => [cycle.id, cycle]))
  const degradations = items.map((found) => toDegradation(found, cycleOf.get(found.cycleId)))
  const [located, done] = await Promise.all([locateBottlenecks(db, items), readCountermeasures(context, degradations, catalogue)])
  return { total, items: located.map((found, index) => ({ ...found, done: done[index]! })) }
}

/** Adds the agent of each bottleneck, and the unit of its impact. */
export async function locateBottlenecks<Found extends Bottleneck>(db: Database, found: readonly Found[]) {
  const agents = await selectKnownAgentIds(db, [...new Set(found.map(({ affectedComponent }) => affectedComponent))])
  return found.map((bottleneck) => {
    const { affectedComponent } = bottleneck
    return { ...addImpactUnit(bottleneck), agentId: agents.has(affectedComponent) ? affectedComponent : null }
  })
}

type Found = Awaited<ReturnType<typeof listFoundBottlenecks>>[number]

/** One bottleneck as a degradation of the moment in which a cycle found it. */
const toDegradation = ({ affectedComponent, detectedAt, ...bottleneck }: Found, cycle: Cycle | undefined) => ({
  component: affectedComponent,
  metric: getBottleneckMetric(bottleneck),
  from: detectedAt,
  // The database knows fractions of a millisecond.
  to: new Date(detectedAt.getTime() + 1),
  exemptBecause: cycle && explainExemption(affectedComponent, cycle),
})

/** Why a cycle was not to do anything about a bottleneck of a component; one for an agent may have acted on it, because that agent causes it. */
function explainExemption(component: string, { dryRun, target }: Cycle): string | undefined {
  if (dryRun) return 'the cycle that found it was a dry run'
  return target === null || target === component ? undefined : `the cycle that found it was for ${target} only`
}
