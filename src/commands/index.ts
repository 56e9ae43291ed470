import { Command, Option } from 'commander'
import { addAlerts } from './add-alerts.ts'
import { addAnomalies } from './add-anomalies.ts'
import { addAudit } from './add-audit.ts'
import { addCapacity } from './add-capacity.ts'
import { addExport } from './add-export.ts'
import { addHelpers } from './add-helpers.ts'
import { addLists } from './add-lists.ts'
import { addObjectives } from './add-objectives.ts'
import { addReport } from './add-report.ts'
import { addTokens } from './add-tokens.ts'
import { addUndo } from './add-undo.ts'
import { collectAssignment, fromCommandLine, parseCycles, parseLimit } from './arguments.ts'
import { addFilters, sinceOption } from './filter-options.ts'
import { lazy } from './lazy.ts'
import { addProfile } from './profile-options.ts'

const assignments = 'knobs to set; write an order as a,b,c'
const auditReason = 'reason for the audit trail'

/**
 * The `optimizer` command with all its subcommands. This file loads only what `--help` needs; each subcommand's action is in
 * a file of its own, which is loaded when the subcommand is called.
 */
export function createProgram(): Command {
  const program = new Command('optimizer')
    .description('Makes a fleet of software agents measurably faster, one proven change at a time.')
    .exitOverride()
    .showHelpAfterError()
  addLifecycle(program)
  addReading(program)
  addLists(program)
  addReport(program)
  addAlerts(program)
  addAnomalies(program)
  addTokens(program)
  addAudit(program)
  addCapacity(program)
  addProfile(program)
  addPolicy(program)
  addObjectives(program)
  addTrials(program)
  addConfigurations(program)
  addUndo(program)
  addExport(program)
  addImport(program)
  addHelpers(program)
  return program
}

function addLifecycle(program: Command): void {
  program
    .command('start')
    .description('start everything, show the first cycle live and continue on the schedule')
    .option('--once', 'run a few cycles, print a report and stop everything')
    .option('--cycles <n>', 'with --once: maximum number of cycles', parseCycles, 3)
    .option('--json <file>', 'with --once: also write the report to this file')
    .option('--paused', 'pause the schedule; run only the cycles you start')
    .option('--no-fleet', 'do not start the reference fleet; connect your own agents')
    .action(lazy(async () => (await import('../start/run.ts')).startOptimizer))
  program
    .command('migrate')
    .description(
      'migrate the database at DATABASE_URL and, if TEMPORAL_ADDRESS is set, update the search attributes and the Schedule',
    )
    .action(lazy(async () => (await import('./migrate.ts')).migrateInstallation))
}

function addImport(program: Command): void {
  program
    .command('import')
    .description('import the history of agents from a SQLite database such as trading.db; again, only what is new')
    .argument('<file>')
    .option('--mapping <file>', 'JSON file that says what the tables and columns mean')
    .option('--dry-run', 'show how the file would be read, and store nothing')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./import.ts')).importFile))
}

function addReading(program: Command): void {
  program
    .command('status')
    .description('show the policy, agents, running trials, pending approvals, latest results and alerts')
    .option('--agent <agent>', 'only what is about this agent')
    .option('--json', 'print JSON')
    .option('--watch', 'show it again every two seconds, until Ctrl-C')
    .action(lazy(async () => (await import('./status.ts')).status))
  program
    .command('metrics')
    .description('show what is known of every agent now: each metric with its trend, source and age, also by instance')
    .argument('[agent]', 'only this agent, with the expected course of its metrics')
    .option('--limit <n>', 'how many agents are shown', parseLimit)
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./metrics.ts')).metrics))
  const bottlenecks = program
    .command('bottlenecks')
    .description('show the bottlenecks that cycles found, newest first, and what the latest cycle recommends')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./metrics.ts')).bottlenecks))
  addFilters(bottlenecks, 'bottlenecks')
  program
    .command('explain')
    .description('explain a trial, strategy or agent: what was seen, tried, measured and decided, and how to undo it')
    .argument('<trial|strategy|agent>')
    .option('--json', 'print JSON')
    .option('--watch', 'show it again every two seconds, until Ctrl-C')
    .action(lazy(async () => (await import('./explain.ts')).showExplanation))
}

function addPolicy(program: Command): void {
  program
    .command('policy')
    .description('show the policy in force: every field, when and why it was set, and by whom')
    .option('--history', 'show its changes instead, newest first')
    .addOption(sinceOption())
    .option('--limit <n>', 'with --history: how many changes are shown', parseLimit)
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./policy.ts')).policy))
  program
    .command('aggressiveness')
    .description('show how boldly the optimizer acts, or change it')
    .argument('[change]', 'up, down or a level from 1 to 5')
    .option('--json', 'print JSON; without a change')
    .option('--reason <text>', auditReason, fromCommandLine)
    .action(lazy(async () => (await import('./aggressiveness.ts')).aggressiveness))
  program
    .command('focus')
    .description('optimize only one agent, or the whole fleet')
    .argument('<agent>', 'an agent, or all')
    .option('--reason <text>', auditReason, fromCommandLine)
    .action(lazy(async () => (await import('./focus.ts')).focus))
  program
    .command('optimize-system')
    .description('optimize the whole fleet, without focus or saving resources, and start a cycle now')
    .option('--reason <text>', auditReason, fromCommandLine)
    .action(lazy(async () => (await import('./resources.ts')).optimizeSystem))
  program
    .command('reduce-resources')
    .description('prefer changes that need fewer resources, until optimize-system')
    .option('--reason <text>', auditReason, fromCommandLine)
    .action(lazy(async () => (await import('./resources.ts')).reduceResources))
  program
    .command('pause')
    .description('start no more trials; running trials finish')
    .option('--reason <text>', auditReason, fromCommandLine)
    .action(lazy(async () => (await import('./pause.ts')).pause))
  program
    .command('resume')
    .description('allow trials to start again')
    .option('--reason <text>', auditReason, fromCommandLine)
    .action(lazy(async () => (await import('./pause.ts')).resume))
  program
    .command('abort')
    .description('kill switch: roll back every running trial at once and start none until resume')
    .option('--reason <text>', 'reason for the audit trail and the record of every trial', fromCommandLine)
    .option('--no-wait', 'return immediately')
    .action(lazy(async () => (await import('./abort.ts')).abort))
}

function addTrials(program: Command): void {
  program
    .command('cycle')
    .description('start an ad-hoc cycle')
    .option('--target <agent>', 'optimize only this agent')
    .option('--dry-run', 'plan and explain, but change nothing')
    .option('--wait', 'show the cycle live and print its report')
    .option('--reason <text>', auditReason)
    .addOption(
      new Option('--watch [id]', 'start none: show this one live until it has ended, by default the latest').conflicts([
        'target',
        'dryRun',
        'wait',
        'reason',
        'json',
      ]),
    )
    .option('--json', 'print JSON; with --wait, the report')
    .action(lazy(async () => (await import('./cycle.ts')).cycle))
  program
    .command('try')
    .description('try your own change under the same judge: kept if proven, rolled back if not')
    .argument('<agent>')
    .requiredOption('--set <knob=value...>', assignments, collectAssignment)
    .option('--reason <text>', auditReason)
    .option('--no-wait', 'return immediately')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./try.ts')).runTry))
  program
    .command('retry')
    .description('try the change of a trial that has ended, or of a strategy that was put off, again under the same rules')
    .argument('<trial>')
    .option('--reason <text>', auditReason, fromCommandLine)
    .option('--no-wait', 'return immediately')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./try.ts')).retry))
  program
    .command('approve')
    .description('approve a trial that is waiting for approval; npx optimizer status lists them')
    .argument('<trial>')
    .option('--reason <text>', 'reason to record with the decision')
    .addOption(formerReason())
    .action(lazy(async () => (await import('./approve.ts')).approve))
  program
    .command('decline')
    .description('decline a trial that is waiting for approval; its knobs are left alone for a while')
    .argument('<trial>')
    .option('--reason <text>', 'reason to record with the decision')
    .addOption(formerReason())
    .action(lazy(async () => (await import('./approve.ts')).decline))
  program
    .command('keep')
    .description('end a running trial and keep its change on every instance, proven or not')
    .argument('<trial>')
    .option('--reason <text>', 'reason to record with the result')
    .addOption(formerReason())
    .action(lazy(async () => (await import('./keep.ts')).keep))
  program
    .command('rollback')
    .description('roll back a running or kept trial: the previous configuration is restored and verified')
    .argument('<trial>')
    .option('--reason <text>', 'reason to record with the result')
    .addOption(formerReason())
    .option('--harmful', 'say that the change did harm: it then counts as if the judge had rolled it back')
    .action(lazy(async () => (await import('./rollback.ts')).rollBack))
  program
    .command('release')
    .description('let a knob be tried again that is left alone for a while; without a knob, all knobs of the agent')
    .argument('<agent>')
    .argument('[knob]')
    .option('--reason <text>', auditReason, fromCommandLine)
    .action(lazy(async () => (await import('./release.ts')).release))
}

function addConfigurations(program: Command): void {
  program
    .command('set')
    .description('set knobs on every instance of an agent and verify them, without a trial; ends a trial running on it')
    .argument('<agent>')
    .argument('<knob=value...>', assignments, collectAssignment)
    .option('--reason <text>', auditReason)
    .action(lazy(async () => (await import('./set.ts')).setKnobs))
  program
    .command('restore')
    .description('restore all settings of an agent to a version or a time and verify them; without --to, list its versions')
    .argument('<agent>')
    .option('--to <version|time>', 'a version such as 3, or a time such as 2026-11-21T11:00')
    .option('--reason <text>', `with --to: ${auditReason}`)
    .addOption(sinceOption())
    .option('--limit <n>', 'without --to: how many versions are listed, the newest first', parseLimit)
    .option('--json', 'without --to: print JSON')
    .action(lazy(async () => (await import('./restore.ts')).restoreAgent))
  program
    .command('give-up')
    .description('end a restore whose instances do not respond; an instance that returns later is then restored')
    .argument('<restore>', 'the restore that status lists, or its trial')
    .requiredOption('--reason <text>', auditReason)
    .action(lazy(async () => (await import('./give-up.ts')).giveUp))
  program
    .command('forget')
    .description('forget an agent that no longer runs: it is not listed or optimized; it comes back if it registers again')
    .argument('<agent>')
    .option('--reason <text>', auditReason)
    .action(lazy(async () => (await import('./forget.ts')).forget))
}

/** The former name of `--reason`. */
const formerReason = () => new Option('--why <text>').hideHelp()
