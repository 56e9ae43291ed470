import type { Command } from 'commander'
import { collectAssignment, commandLineReason, parseLimit, reasonHelp } from './arguments.ts'
import { createSinceOption } from './filter-options.ts'
import { lazyAction } from './lazy.ts'

/** The subcommands about objectives. */
export function registerObjectiveCommands(program: Command): void {
  const objective = program.command('objective').description('show what agents are optimized for, or change it')
  objective
    .command('show', { isDefault: true })
    .description('show the objectives in force: their agents, and who set them, when and why')
    .argument('[agent]', 'only the objective of this agent')
    .option('--history', 'show the changes made by command instead, newest first')
    .addOption(createSinceOption())
    .option('--limit <n>', 'with --history: maximum number of changes to show', parseLimit)
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./objective.ts')).showObjective))
  objective
    .command('set')
    .description('set an objective; from the next cycle, it takes precedence over the configured one')
    .argument('[agent]', 'the agent to set it for')
    .option('--kind <kind>', 'all agents of this kind instead')
    .option('--fleet', 'the whole fleet instead')
    .option('--minimize <metric>', 'the metric to lower, such as costUsd or p95(responseTime)')
    .option('--maximize <metric>', 'the metric to raise')
    .option(
      '--weigh <weights...>',
      'metrics to improve together, with weights, such as costUsd=2 responseTime=1, or a preset such as efficiency',
    )
    .option(
      '--subject-to <bound...>',
      "bounds, such as 'qualityScore>=0.8' or 'p95(responseTime)<=3000'; a trailing ~0.01 is the tolerance",
    )
    .option(
      '--tolerate <metric=loss...>',
      'tolerated loss: percent of a quantity, or percentage points of a share',
      collectAssignment,
    )
    .option('--allow-undeclared', 'set it even if it names a metric that has not been declared')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .action(lazyAction(async () => (await import('./objective.ts')).runSetObjective))
  objective
    .command('clear')
    .description('clear an objective that was set by command; the configured one applies again')
    .argument('[agent]', 'the agent to clear it for')
    .option('--kind <kind>', 'all agents of this kind instead')
    .option('--fleet', 'the whole fleet instead')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .action(lazyAction(async () => (await import('./objective.ts')).runClearObjective))
}
