import type { Command } from 'commander'
import { collectAssignment, fromCommandLine, parseLimit, reasonHelp } from './arguments.ts'
import { sinceOption } from './filter-options.ts'
import { lazy } from './lazy.ts'

/** The subcommands about objectives. */
export function addObjectives(program: Command): void {
  const objective = program.command('objective').description('show what agents are optimized for, or change it')
  objective
    .command('show', { isDefault: true })
    .description('show the objectives in force: their agents, and who set them, when and why')
    .argument('[agent]', 'only the objective of this agent')
    .option('--history', 'show the changes by command instead, newest first')
    .addOption(sinceOption())
    .option('--limit <n>', 'with --history: how many changes are shown', parseLimit)
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./objective.ts')).showObjective))
  objective
    .command('set')
    .description('set an objective; it takes precedence over the one of the configuration from the next cycle on')
    .argument('[agent]', 'the agent that it is for')
    .option('--kind <kind>', 'instead: the agents of this kind')
    .option('--fleet', 'instead: the whole fleet')
    .option('--minimize <metric>', 'the metric to lower, such as costUsd or p95(responseTime)')
    .option('--maximize <metric>', 'the metric to raise')
    .option(
      '--weigh <weights...>',
      'metrics to improve together, such as costUsd=2 responseTime=1, or a preset such as efficiency',
    )
    .option(
      '--subject-to <bound...>',
      "bounds, such as 'qualityScore>=0.8' or 'p95(responseTime)<=3000'; ~0.01 at the end is a tolerance",
    )
    .option('--tolerate <metric=loss...>', 'tolerated loss: percent of a quantity, points of a share', collectAssignment)
    .option('--allow-undeclared', 'set it even if it names a metric that nobody has declared so far')
    .option('--reason <text>', reasonHelp, fromCommandLine)
    .action(lazy(async () => (await import('./objective.ts')).set))
  objective
    .command('clear')
    .description('clear an objective that was set by command; the one of the configuration applies again')
    .argument('[agent]', 'the agent that it was for')
    .option('--kind <kind>', 'instead: the agents of this kind')
    .option('--fleet', 'instead: the whole fleet')
    .option('--reason <text>', reasonHelp, fromCommandLine)
    .action(lazy(async () => (await import('./objective.ts')).clear))
}
