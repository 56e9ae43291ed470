import { readLearning } from '../reading/learning.ts'
import { countRunningTrials, readResultsReport } from '../reading/results.ts'
import { formatLearning } from '../terminal/format-learning.ts'
import { formatResults } from '../terminal/format-results.ts'
import { print } from '../terminal/print.ts'
import { withClient } from './with-client.ts'

export async function report({ learning, limit, json }: { learning?: boolean; limit?: number; json?: boolean }): Promise<void> {
  await withClient(async (client) => {
    if (learning) print(await readLearning(client), formatLearning, json)
    else {
      const [report, running] = await Promise.all([readResultsReport(client, limit), countRunningTrials(client)])
      print(report, (report) => formatResults(report, running), json)
    }
  })
}
