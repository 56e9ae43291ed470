import { computeCumulativeImprovement, summarizeImpact } from '../analysis/reporting/results/index.ts'
import type { OptimizationResult } from '../model/result.ts'
import { listResults } from '../store/results.ts'
import type { ReadingContext } from './context.ts'

/** The latest results, newest first. */
export async function readResults({ db }: ReadingContext, limit = 1_000): Promise<OptimizationResult[]> {
  return await listResults(db, limit)
}

/** The results of all trials, one by one and in total. */
export async function readResultsReport(context: ReadingContext): Promise<ResultsReport> {
  return buildResultsReport(await readResults(context))
}

/** A report of some results, one by one and in total. */
export function buildResultsReport(results: OptimizationResult[]) {
  const byAgent = Map.groupBy(results, ({ strategy }) => strategy.agentId)
  return {
    results,
    impact: summarizeImpact(results, Date.now()),
    /** By agent, the improvement by all its proven changes together. */
    improvements: Object.fromEntries([...byAgent].map(([agentId, ofAgent]) => [agentId, computeCumulativeImprovement(ofAgent)])),
  }
}
export type ResultsReport = ReturnType<typeof buildResultsReport>
