import { type Command, Option } from 'commander'
import { parseLimit } from './arguments.ts'
import { addFilterOptions, createSinceOption } from './filter-options.ts'
import { lazyAction } from './lazy.ts'

/** The subcommands that list agents, cycles and trials. */
export function registerListCommands(program: Command): void {
  program
    .command('agents')
    .description('list every agent: what it is optimized for, its worst bottleneck and its trial')
    .option('--kind <kind>', 'only agents of this kind')
    .option('--limit <n>', 'maximum number of agents to show', parseLimit)
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./agents.ts')).showAgents))
  program
    .command('cycles')
    .description('list the cycles, newest first')
    .option('--agent <agent>', 'only cycles for this agent alone')
    .addOption(createSinceOption())
    .option('--limit <n>', 'maximum number of cycles to list', parseLimit)
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./cycles.ts')).showCycles))
  const trials = program
    .command('trials')
    .description('list the trials that are running and those that have ended, newest first; use retry to try one again')
    .addOption(new Option('--verdict <verdict>', 'only trials with this verdict').choices(['keep', 'roll-back', 'undecided']))
    .option('--watch', 'refresh until Ctrl-C')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./trials.ts')).showTrials))
  addFilterOptions(trials, 'trials')
}
