import { withDatabase } from '../client/with-database.ts'
import type { Recommendation } from '../model/capacity.ts'
import { OptimizerError } from '../model/errors.ts'
import { readRecommendations } from '../reading/capacity.ts'
import { readLearning } from '../reading/learning.ts'
import { countRunningTrials, type ResultsReport, readResultsReport } from '../reading/results.ts'
import { formatRecommendations } from '../terminal/format-capacity.ts'
import { formatLearning } from '../terminal/format-learning.ts'
import { formatResults } from '../terminal/format-results.ts'
import { print } from '../terminal/print.ts'
import { isAboutPeriod, type PeriodOptions, reportPeriod } from './report-period.ts'

interface ReportOptions extends PeriodOptions {
  learning?: boolean
  limit?: number
}

export async function showReport({ learning, limit, ...options }: ReportOptions): Promise<void> {
  const { json } = options
  await withDatabase(async (client) => {
    if (learning && isAboutPeriod(options))
      throw new OptimizerError(
        'invalid-input',
        '--learning covers all trials; omit it, or omit the options for a period or a cycle.',
      )
    if (isAboutPeriod(options)) await reportPeriod(client, options)
    else if (learning) print(await readLearning(client), formatLearning, json)
    else {
      const [results, running, recommendations] = await Promise.all([
        readResultsReport(client, limit),
        countRunningTrials(client),
        readRecommendations(client),
      ])
      print({ ...results, recommendations }, (report) => formatReport(report, running), json)
    }
  })
}

function formatReport(
  { recommendations, ...results }: ResultsReport & { recommendations: Recommendation[] },
  running: number,
): string {
  const formatted = formatResults(results, running)
  return recommendations.length === 0 ? formatted : `${formatted}\n\nRecommendations:\n${formatRecommendations(recommendations)}`
}
