import { computeCumulativeImprovement, summarizeImpact } from '../analysis/reporting/results/index.ts'
import type { OptimizationResult } from '../model/result.ts'
import { listResults } from '../store/results.ts'
import type { ReadingContext } from './context.ts'

/** What the newest trials came to, newest first. */
export async function readResults({ db }: ReadingContext, limit = 1_000): Promise<OptimizationResult[]> {
  return await listResults(db, limit)
}

/** What all trials came to, one by one and together. */
export async function readResultsReport(context: ReadingContext): Promise<ResultsReport> {
  return buildResultsReport(await readResults(context))
}

/** What some trials came to, one by one and together. */
export function buildResultsReport(results: OptimizationResult[]) {
  const byAgent = Map.groupBy(results, ({ strategy }) => strategy.agentId)
  return {
    results,
    impact: summarizeImpact(results, Date.now()),
    /** All proven changes of an agent together, as its users feel them. */
    improvements: Object.fromEntries([...byAgent].map(([agentId, ofAgent]) => [agentId, computeCumulativeImprovement(ofAgent)])),
  }
}
export type ResultsReport = ReturnType<typeof buildResultsReport>
