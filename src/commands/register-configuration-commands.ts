import type { Command } from 'commander'
import { assignmentHelp, collectAssignment, parseLimit, reasonHelp } from './arguments.ts'
import { createSinceOption } from './filter-options.ts'
import { lazyAction } from './lazy.ts'

/** Commands that set, restore and forget the configurations of agents. */
export function registerConfigurationCommands(program: Command): void {
  program
    .command('set')
    .description('set knobs on every instance of an agent and verify them, without a trial; ends any trial running on it')
    .argument('<agent>')
    .argument('<knob=value...>', assignmentHelp, collectAssignment)
    .option('--reason <text>', reasonHelp)
    .action(lazyAction(async () => (await import('./set.ts')).setKnobs))
  program
    .command('restore')
    .description('restore all settings of an agent to a version or a time and verify them; without --to, list its versions')
    .argument('<agent>')
    .option('--to <version|time>', 'a version such as 3, or a time such as 2026-11-21T11:00')
    .option('--reason <text>', `with --to: ${reasonHelp}`)
    .addOption(createSinceOption())
    .option('--limit <n>', 'without --to: maximum number of versions to list, newest first', parseLimit)
    .option('--json', 'without --to: print JSON')
    .action(lazyAction(async () => (await import('./restore.ts')).restoreAgent))
  program
    .command('give-up')
    .description('end a restore whose instances do not respond; each of them is restored when it returns')
    .argument('<restore>', 'the id of a restore that status lists, or of its trial')
    .requiredOption('--reason <text>', reasonHelp)
    .action(lazyAction(async () => (await import('./give-up.ts')).giveUp))
  program
    .command('forget')
    .description('forget an agent that no longer runs: it is not listed or optimized; it comes back if it registers again')
    .argument('<agent>')
    .option('--reason <text>', reasonHelp)
    .action(lazyAction(async () => (await import('./forget.ts')).forget))
}
