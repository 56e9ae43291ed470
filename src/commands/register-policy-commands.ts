import type { Command } from 'commander'
import { commandLineReason, parseLimit, reasonHelp } from './arguments.ts'
import { createSinceOption } from './filter-options.ts'
import { lazyAction } from './lazy.ts'

/** Commands about the policy, and those that start and stop trials as a whole. */
export function registerPolicyCommands(program: Command): void {
  program
    .command('policy')
    .description('show the policy in force: every field, when and why it was set, and by whom')
    .option('--history', 'show its changes instead, newest first')
    .addOption(createSinceOption())
    .option('--limit <n>', 'with --history: maximum number of changes to show', parseLimit)
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./policy.ts')).showPolicy))
  program
    .command('aggressiveness')
    .description('show how boldly the optimizer acts, or change it')
    .argument('[change]', 'up, down or a level from 1 to 5')
    .option('--json', 'print JSON (only without a change)')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .action(lazyAction(async () => (await import('./aggressiveness.ts')).changeAggressiveness))
  program
    .command('focus')
    .description('optimize only one agent, or the whole fleet')
    .argument('<agent>', 'an agent, or all')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .action(lazyAction(async () => (await import('./focus.ts')).focus))
  program
    .command('optimize-system')
    .description('clear the focus, stop preferring changes that save resources, and start a cycle now')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .action(lazyAction(async () => (await import('./resources.ts')).optimizeSystem))
  program
    .command('reduce-resources')
    .description('prefer changes that use fewer resources, until optimize-system')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .action(lazyAction(async () => (await import('./resources.ts')).reduceResources))
  program
    .command('pause')
    .description('stop starting trials; running trials finish')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .action(lazyAction(async () => (await import('./pause.ts')).pause))
  program
    .command('resume')
    .description('allow trials to start again')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .action(lazyAction(async () => (await import('./pause.ts')).resume))
  program
    .command('abort')
    .description('kill switch: roll back every running trial at once and start none until you resume')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .option('--no-wait', 'return immediately')
    .action(lazyAction(async () => (await import('./abort.ts')).abort))
}
