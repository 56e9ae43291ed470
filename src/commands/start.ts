import { Command, InvalidArgumentError } from 'commander'
import { startOptimizer } from '../start/run.ts'

export const startCommand = new Command('start')
  .description('bring everything up, show the first cycle live and go on with the schedule')
  .option('--once', 'run a few cycles, report, stop everything')
  .option('--cycles <n>', 'with --once: at most so many cycles', parsePositiveInteger, 3)
  .option('--json <file>', 'with --once: write the report there')
  .option('--paused', 'no cycle until a person starts one')
  .option('--no-fleet', 'without the reference fleet, for agents of your own')
  .action(async (options) => await startOptimizer({ once: false, paused: false, ...options }))

function parsePositiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It takes a whole number of at least 1.')
  return value
}
