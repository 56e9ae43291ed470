import { Command } from 'commander'
import { learning } from '../reading/learning.ts'
import { resultsReport } from '../reading/run-report.ts'
import { allResults } from '../store/results.ts'
import { printLearning } from '../terminal/print-learning.ts'
import { printResults } from '../terminal/print-results.ts'
import { connected } from './connected.ts'

export const reportCommand = new Command('report')
  .description('what all trials came to, one by one and together')
  .option('--learning', 'what they taught: success by type, calibration, which knobs matter, what is worth trying')
  .option('--json', 'print JSON')
  .action(async ({ learning: taught, json }: { learning?: boolean; json?: boolean }) => {
    await connected(async ({ db }) => {
      const [report, printed] = taught
        ? told(await learning(db), printLearning)
        : told(resultsReport(await allResults(db)), printResults)
      console.log(json ? JSON.stringify(report, null, 2) : printed())
    })
  })

const told = <T>(report: T, print: (report: T) => string) => [report, () => print(report)] as const
