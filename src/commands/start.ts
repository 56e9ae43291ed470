import { Command, InvalidArgumentError } from 'commander'
import { startOptimizer } from '../start/run.ts'

export const startCommand = new Command('start')
  .description('start everything, show the first cycle live and continue on the schedule')
  .option('--once', 'run a few cycles, print a report and stop everything')
  .option('--cycles <n>', 'with --once: maximum number of cycles', parsePositiveInteger, 3)
  .option('--json <file>', 'with --once: also write the report to this file')
  .option('--paused', 'pause the schedule; run only the cycles you start')
  .option('--no-fleet', 'do not start the reference fleet; connect your own agents')
  .action(async (options) => await startOptimizer({ once: false, paused: false, ...options }))

function parsePositiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number of at least 1.')
  return value
}
