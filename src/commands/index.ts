import { Command } from 'commander'
import { collectAssignment, parsePoint, parsePositive } from './arguments.ts'

const fromCommandLine = 'from the command line'
const orders = 'the knobs to set; an order is written a,b,c'

/**
 * The `optimizer` command with all its subcommands. This file loads only what `--help` needs: what a command does is in a
 * file of its own, loaded when the command is called.
 */
export function createProgram(): Command {
  const program = new Command('optimizer')
    .description('Makes a fleet of software agents measurably faster, one proven change at a time.')
    .showHelpAfterError()
  addLifecycle(program)
  addReading(program)
  addPolicy(program)
  addTrials(program)
  addConfigurations(program)
  return program
}

function addLifecycle(program: Command): void {
  program
    .command('start')
    .description('bring everything up, show the first cycle live and go on with the schedule')
    .option('--once', 'run a few cycles, report, stop everything')
    .option('--cycles <n>', 'with --once: at most so many cycles', parsePositive, 3)
    .option('--json <file>', 'with --once: write the report there')
    .option('--paused', 'no cycle until a person starts one')
    .option('--no-fleet', 'without the reference fleet, for agents of your own')
    .action(lazy(async () => (await import('../start/run.ts')).startOptimizer))
  program
    .command('migrate')
    .description('bring the schema of DATABASE_URL and, with TEMPORAL_ADDRESS, search attributes and Schedule up to date')
    .action(lazy(async () => (await import('./migrate.ts')).migrate))
}

function addReading(program: Command): void {
  program
    .command('status')
    .description('policy, agents, running trials, what waits for approval, latest results, alerts')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./status.ts')).status))
  program
    .command('explain')
    .description(
      'a trial, a strategy or an agent in plain sentences: what was seen, tried, measured, decided, and how to undo it',
    )
    .argument('<trial|strategy|agent>')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./explain.ts')).explain))
  program
    .command('report')
    .description('what all trials came to, one by one and together')
    .option('--learning', 'what they taught: success by type, calibration, which knobs matter, what is worth trying')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./report.ts')).report))
}

function addPolicy(program: Command): void {
  program
    .command('policy')
    .description('the policy in force: every field with since when, by whom and why')
    .option('--history', 'what was changed of it, newest first')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./policy.ts')).policy))
  program
    .command('aggressiveness')
    .description('show or change how boldly the optimizer acts: up, down, or a level from 1 to 5')
    .argument('[change]', 'up, down or 1 to 5')
    .option('--reason <text>', 'for the audit trail', fromCommandLine)
    .action(lazy(async () => (await import('./aggressiveness.ts')).aggressiveness))
  program
    .command('focus')
    .description('optimize one agent only, or the whole fleet again')
    .argument('<agent>', 'an agent, or all')
    .option('--reason <text>', 'for the audit trail', fromCommandLine)
    .action(lazy(async () => (await import('./focus.ts')).focus))
  program
    .command('pause')
    .description('begin no further trial; those that run go on to their end')
    .option('--reason <text>', 'for the audit trail', fromCommandLine)
    .action(lazy(async () => (await import('./pause.ts')).pause))
  program
    .command('resume')
    .description('let trials begin again')
    .option('--reason <text>', 'for the audit trail', fromCommandLine)
    .action(lazy(async () => (await import('./pause.ts')).resume))
  program
    .command('abort')
    .description('the kill switch: put back every running trial at once and begin none until resume')
    .option('--reason <text>', 'for the audit trail and the record of every trial', fromCommandLine)
    .option('--no-wait', 'return at once')
    .action(lazy(async () => (await import('./abort.ts')).abort))
}

function addTrials(program: Command): void {
  program
    .command('cycle')
    .description('start an ad-hoc cycle')
    .option('--target <agent>', 'optimize this agent only')
    .option('--dry-run', 'plan and explain everything, change nothing')
    .option('--wait', 'show the cycle and its report')
    .option('--json', 'print JSON; with --wait the report')
    .action(lazy(async () => (await import('./cycle.ts')).cycle))
  program
    .command('try')
    .description('try a change of your own under the same judge: kept if proven, put back if not')
    .argument('<agent>')
    .requiredOption('--set <knob=value...>', orders, collectAssignment)
    .option('--no-wait', 'return at once')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./try.ts')).tryChange))
  program
    .command('approve')
    .description('let a trial that waits for a person begin; npx optimizer status lists them')
    .argument('<trial>')
    .option('--why <text>', 'kept with the decision', '')
    .action(lazy(async () => (await import('./approve.ts')).approve))
  program
    .command('decline')
    .description('refuse a trial that waits for a person; its knobs are left alone for a while')
    .argument('<trial>')
    .option('--why <text>', 'kept with the decision', '')
    .action(lazy(async () => (await import('./approve.ts')).decline))
  program
    .command('keep')
    .description('end a running trial by keeping its change on every instance, proven or not')
    .argument('<trial>')
    .option('--why <text>', 'kept with the result', '')
    .action(lazy(async () => (await import('./keep.ts')).keep))
  program
    .command('rollback')
    .description('end a running trial, or take back a kept one: what was there before is put back and verified')
    .argument('<trial>')
    .option('--why <text>', 'kept with the result', '')
    .action(lazy(async () => (await import('./rollback.ts')).rollBack))
}

function addConfigurations(program: Command): void {
  program
    .command('set')
    .description('set knobs of an agent on every instance, untried and verified; a trial that runs on it ends')
    .argument('<agent>')
    .argument('<knob=value...>', orders, collectAssignment)
    .action(lazy(async () => (await import('./set.ts')).setKnobs))
  program
    .command('restore')
    .description(
      'put back all settings of an agent as they were in a version or at a time, verified; without --to: list its versions',
    )
    .argument('<agent>')
    .option('--to <version|time>', 'a version such as 3, or a time such as 2026-11-21T11:00', parsePoint)
    .action(lazy(async () => (await import('./restore.ts')).restore))
  program
    .command('give-up')
    .description('end, by your word, a restore that waits for instances that never answer; they are given it should they return')
    .argument('<restore>', 'as status shows it, or the trial')
    .requiredOption('--reason <text>', 'for the audit trail')
    .action(lazy(async () => (await import('./give-up.ts')).giveUp))
}

/** An action that is loaded when its command is called. */
function lazy<Args extends unknown[]>(load: () => Promise<(...args: Args) => Promise<void>>) {
  return async (...args: Args) => await (await load())(...args)
}
