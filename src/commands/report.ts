import type { Recommendation } from '../model/capacity.ts'
import { readRecommendations } from '../reading/capacity.ts'
import { readLearning } from '../reading/learning.ts'
import { type ResultsReport, readResultsReport } from '../reading/results.ts'
import { formatRecommendations } from '../terminal/format-capacity.ts'
import { formatLearning } from '../terminal/format-learning.ts'
import { formatResults } from '../terminal/format-results.ts'
import { print } from '../terminal/print.ts'
import { withClient } from './with-client.ts'

export async function report({ learning, limit, json }: { learning?: boolean; limit?: number; json?: boolean }): Promise<void> {
  await withClient(async (client) => {
    if (learning) print(await readLearning(client), formatLearning, json)
    else {
      const [results, recommendations] = await Promise.all([readResultsReport(client, limit), readRecommendations(client)])
      print({ ...results, recommendations }, formatReport, json)
    }
  })
}

const formatReport = ({ recommendations, ...results }: ResultsReport & { recommendations: Recommendation[] }) =>
  recommendations.length === 0
    ? formatResults(results)
    : `${formatResults(results)}\n\nRecommendations:\n${formatRecommendations(recommendations)}`
