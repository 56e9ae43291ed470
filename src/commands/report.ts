import { Command } from 'commander'
import { learning } from '../reading/learning.ts'
import { buildResultsReport } from '../reading/run-report.ts'
import { listResults } from '../store/results.ts'
import { formatLearning } from '../terminal/format-learning.ts'
import { formatResults } from '../terminal/format-results.ts'
import { withClient } from './with-client.ts'

export const reportCommand = new Command('report')
  .description('report the results of all trials, one by one and in total')
  .option('--learning', 'report what was learned: success by type, calibration, which knobs matter, what is worth trying')
  .option('--json', 'print JSON')
  .action(async ({ learning: taught, json }: { learning?: boolean; json?: boolean }) => {
    await withClient(async ({ db }) => {
      const [report, printed] = taught
        ? told(await learning(db), formatLearning)
        : told(buildResultsReport(await listResults(db)), formatResults)
      console.log(json ? JSON.stringify(report, null, 2) : printed())
    })
  })

const told = <T>(report: T, print: (report: T) => string) => [report, () => print(report)] as const
