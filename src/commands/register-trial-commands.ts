import { type Command, Option } from 'commander'
import { assignmentHelp, collectAssignment, commandLineReason, reasonHelp } from './arguments.ts'
import { lazyAction } from './lazy.ts'

/** Commands that start cycles and trials, and those that decide on them. */
export function registerTrialCommands(program: Command): void {
  program
    .command('cycle')
    .description('start an ad-hoc cycle')
    .option('--target <agent>', 'optimize only this agent')
    .option('--dry-run', 'plan and explain, but change nothing')
    .option('--wait', 'show the cycle live and print its report')
    .option('--reason <text>', reasonHelp)
    .addOption(
      new Option('--watch [id]', 'follow this cycle instead of starting one (default: the latest)').conflicts([
        'target',
        'dryRun',
        'wait',
        'reason',
        'json',
      ]),
    )
    .option('--json', 'print JSON; with --wait, the report')
    .action(lazyAction(async () => (await import('./cycle.ts')).runCycle))
  program
    .command('try')
    .description('run a trial of your own change: kept if proven, rolled back if not')
    .argument('<agent>')
    .requiredOption('--set <knob=value...>', assignmentHelp, collectAssignment)
    .option('--reason <text>', reasonHelp)
    .option('--no-wait', 'return immediately')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./try.ts')).runTry))
  program
    .command('retry')
    .description('retry the change from an ended trial or a deferred strategy, under the same rules')
    .argument('<trial>')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .option('--no-wait', 'return immediately')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./try.ts')).retry))
  program
    .command('approve')
    .description('approve a trial that is waiting for approval; npx optimizer status lists such trials')
    .argument('<trial>')
    .option('--reason <text>', reasonHelp)
    .addOption(formerReason())
    .action(lazyAction(async () => (await import('./approve.ts')).approve))
  program
    .command('decline')
    .description('decline a trial that is waiting for approval; its knobs go into cooldown')
    .argument('<trial>')
    .option('--reason <text>', reasonHelp)
    .addOption(formerReason())
    .action(lazyAction(async () => (await import('./approve.ts')).decline))
  program
    .command('keep')
    .description('end a running trial and keep its change on every instance, proven or not')
    .argument('<trial>')
    .option('--reason <text>', reasonHelp)
    .addOption(formerReason())
    .action(lazyAction(async () => (await import('./keep.ts')).keep))
  program
    .command('rollback')
    .description('roll back a running or kept trial: the previous configuration is restored and verified')
    .argument('<trial>')
    .option('--reason <text>', reasonHelp)
    .addOption(formerReason())
    .option('--harmful', 'mark the change as harmful: it counts as if the judge had rolled it back')
    .action(lazyAction(async () => (await import('./rollback.ts')).rollBack))
  program
    .command('release')
    .description('end the cooldown of a knob, or of all knobs of the agent if no knob is named')
    .argument('<agent>')
    .argument('[knob]')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .action(lazyAction(async () => (await import('./release.ts')).release))
}

/** The former name of `--reason`. */
const formerReason = () => new Option('--why <text>').hideHelp()
