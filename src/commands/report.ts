import { Command } from 'commander'
import { learning } from '../client/learning.ts'
import { printLearning } from '../start/print-learning.ts'
import { connected } from './connected.ts'

export const reportCommand = new Command('report')
  .description('what all trials came to')
  .requiredOption('--learning', 'what they taught: success by type, calibration, which knobs matter, what is worth trying')
  .option('--json', 'print JSON')
  .action(async ({ json }: { json?: boolean }) => {
    await connected(async ({ db }) => {
      const report = await learning(db)
      console.log(json ? JSON.stringify(report, null, 2) : printLearning(report))
    })
  })
