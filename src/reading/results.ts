import {
  addStandings,
  collectDeclarations,
  computeCumulativeImprovement,
  determineStandings,
  isCost,
  isStanding,
  type KeptResult,
  summarizeImpact,
} from '../analysis/reporting/results/index.ts'
import type { ChangeStanding, OptimizationResult, RecordedResultDigest, ResultDigest, StandingResult } from '../model/result.ts'
import { describeSavings, type Savings } from '../model/saving.ts'
import { listProvenConfigurations } from '../store/agents.ts'
import { loadCatalogue } from '../store/metrics.ts'
import {
  countResults,
  listKeptResults,
  listMeasuredAgents,
  listResultDigests,
  listResults,
  type ResultFilter,
  type ResultRange,
} from '../store/results.ts'
import { listOpenTrials } from '../store/trials.ts'
import type { ReadContext, StoredContext } from './context.ts'
import { type Page, readPage } from './list-extent.ts'
import { loadSavings } from './savings.ts'

/** Number of results listed by default. */
export const defaultResultLimit = 1_000

/** The newest results that match, each with the present standing of its change. */
export async function readResults(
  { db }: StoredContext,
  { limit = defaultResultLimit, after, ...filter }: ResultFilter & ResultRange = {},
): Promise<Page<StandingResult>> {
  const page = await readPage(listResults(db, { ...filter, limit, after }), countResults(db, filter))
  return { ...page, items: await loadStandingResults({ db }, page.items) }
}

/** All results: the newest one by one, and every one in total. @param limit how many are listed one by one */
export async function readResultsReport(context: StoredContext, limit = defaultResultLimit): Promise<ResultsReport> {
  const { db } = context
  const [page, digests, kept] = await Promise.all([
    readPage(listResults(db, { limit }), countResults(db)),
    listResultDigests(db),
    loadKept(context),
  ])
  return { ...buildResultsReport({ ...kept, page, digests }), savings: await loadSavings(context, kept.kept) }
}

/** The money saved by all kept changes that are still in force, also in words. */
export async function readSavings(context: StoredContext): Promise<Savings & { sentences: string[] }> {
  const costs = [...(await loadCatalogue(context.db, context.config.metrics)).values()].filter(isCost).map(({ name }) => name)
  // Of a large fleet, few agents report a cost, and the results of all are large.
  const agentIds = await listMeasuredAgents(context.db, costs)
  const { kept } = await loadKept(context, { agentIds })
  const savings = await loadSavings(context, kept)
  return { ...savings, sentences: describeSavings(savings) }
}

/** These results, each with the present standing of its change. */
export async function loadStandingResults(
  context: Pick<StoredContext, 'db'>,
  results: readonly OptimizationResult[],
): Promise<StandingResult[]> {
  return addStandings(results, (await loadKept(context, { of: results })).standings)
}

/** How many trials have not ended. */
export async function countRunningTrials({ db }: Pick<ReadContext, 'db'>): Promise<number> {
  return (await listOpenTrials(db)).length
}

/** A report of some results in total. @param listed those of them that are listed one by one */
export async function readReportForResults(
  context: StoredContext,
  digests: readonly RecordedResultDigest[],
  listed: readonly OptimizationResult[],
): Promise<ResultsReport> {
  const { standings, kept } = await loadKept(context, { of: digests })
  const ids = new Set(digests.map(({ trialId }) => trialId))
  const own = kept.filter(({ strategy }) => ids.has(strategy.id))
  return {
    ...buildResultsReport({ page: { items: [...listed], total: digests.length }, digests, standings, kept: own }),
    savings: await loadSavings(context, own),
  }
}

interface Kept {
  /** By strategy id. */
  standings: ReadonlyMap<string, ChangeStanding>
  /** The kept changes, whether or not they are still in force. */
  kept: StandingResult[]
}

/**
 * All kept changes, or those of some agents; for some results, only those since the oldest of them, since earlier changes do not affect the
 * standing of later ones.
 */
async function loadKept(
  { db }: Pick<ReadContext, 'db'>,
  { of, agentIds }: { of?: readonly Pick<OptimizationResult, 'timestamp'>[]; agentIds?: readonly string[] } = {},
): Promise<Kept> {
  if (of?.length === 0) return { standings: new Map(), kept: [] }
  const since = of?.map(({ timestamp }) => timestamp).reduce((a, b) => (a < b ? a : b))
  const [agents, kept] = await Promise.all([listProvenConfigurations(db), listKeptResults(db, { since, agentIds })])
  const byAgent = Map.groupBy(kept, ({ result }) => result.strategy.agentId)
  const standings = new Map(
    agents.flatMap(({ agentId, values, forgottenAt }) => [
      ...determineStandings(byAgent.get(agentId) ?? [], values, forgottenAt !== null),
    ]),
  )
  return { standings, kept: toStandingResults(kept, standings) }
}

const toStandingResults = (kept: readonly KeptResult[], standings: ReadonlyMap<string, ChangeStanding>) =>
  addStandings(
    kept.map(({ result }) => result),
    standings,
  )

/** The report from its parts. @param digests of all results; `page` may have only the newest */
export function buildResultsReport({
  page,
  digests,
  standings,
  kept,
}: Kept & { page: Page<OptimizationResult>; digests: readonly ResultDigest[] }) {
  const byAgent = Map.groupBy(kept, ({ strategy }) => strategy.agentId)
  return {
    results: addStandings(page.items, standings),
    listed: { results: { shown: page.items.length, total: page.total } },
    impact: summarizeImpact(digests, Date.now()),
    /** By agent, the combined improvement by its proven changes that are still in force. */
    improvements: Object.fromEntries([...byAgent].map(([agentId, ofAgent]) => [agentId, computeCumulativeImprovement(ofAgent)])),
    /** The metrics of `improvements` that are not built in. */
    declared: collectDeclarations(kept),
    /** Changes that were kept but are no longer in force. */
    undone: kept
      .filter(({ standing }) => !isStanding(standing))
      .map(({ strategy: { id, agentId, actions }, standing, undone = null }) => ({
        trialId: id,
        agentId,
        changes: actions.map(({ knob, from, to, unit }) => ({ knob, from, to, unit })),
        standing,
        undone,
      })),
  }
}
export type ResultsReport = ReturnType<typeof buildResultsReport> & {
  /** The money saved by the kept changes. */
  savings: Savings
}
