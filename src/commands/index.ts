import { Command } from 'commander'
import { parseCycles } from './arguments.ts'
import { lazyAction } from './lazy.ts'
import { registerAlertCommands } from './register-alert-commands.ts'
import { registerAnomalyCommands } from './register-anomaly-commands.ts'
import { registerAuditCommand } from './register-audit-command.ts'
import { registerCapacityCommands } from './register-capacity-commands.ts'
import { registerConfigurationCommands } from './register-configuration-commands.ts'
import { registerExportCommand } from './register-export-command.ts'
import { registerHelperCommands } from './register-helper-commands.ts'
import { registerListCommands } from './register-list-commands.ts'
import { registerObjectiveCommands } from './register-objective-commands.ts'
import { registerPolicyCommands } from './register-policy-commands.ts'
import { registerProfileCommands } from './register-profile-commands.ts'
import { registerReportCommand } from './register-report-command.ts'
import { registerStateCommands } from './register-state-commands.ts'
import { registerTokenCommands } from './register-token-commands.ts'
import { registerTrialCommands } from './register-trial-commands.ts'
import { registerUndoCommands } from './register-undo-commands.ts'

/**
 * The `optimizer` command with all its subcommands. This file loads only what `--help` needs; each subcommand's action is in
 * its own file, which is loaded when the subcommand is called.
 */
export function createProgram(): Command {
  const program = new Command('optimizer')
    .description('Makes a fleet of software agents measurably faster, one proven change at a time.')
    .exitOverride()
    .showHelpAfterError()
  addLifecycle(program)
  registerStateCommands(program)
  registerListCommands(program)
  registerReportCommand(program)
  registerAlertCommands(program)
  registerAnomalyCommands(program)
  registerTokenCommands(program)
  registerAuditCommand(program)
  registerCapacityCommands(program)
  registerProfileCommands(program)
  registerPolicyCommands(program)
  registerObjectiveCommands(program)
  registerTrialCommands(program)
  registerConfigurationCommands(program)
  registerUndoCommands(program)
  registerExportCommand(program)
  addImport(program)
  registerHelperCommands(program)
  return program
}

function addLifecycle(program: Command): void {
  program
    .command('start')
    .description('start everything, show the first cycle live and continue on the schedule')
    .option('--once', 'run a few cycles, print a report and stop everything')
    .option('--cycles <n>', 'with --once: maximum number of cycles', parseCycles, 3)
    .option('--json <file>', 'with --once: also write the report to this file')
    .option('--paused', 'pause the schedule; run only cycles that you start')
    .option('--no-fleet', 'do not start the reference fleet; connect your own agents')
    .action(lazyAction(async () => (await import('../start/run.ts')).startOptimizer))
  program
    .command('migrate')
    .description(
      'migrate the database at DATABASE_URL and, if TEMPORAL_ADDRESS is set, update the search attributes and the Schedule',
    )
    .action(lazyAction(async () => (await import('./migrate.ts')).migrateInstallation))
}

function addImport(program: Command): void {
  program
    .command('import')
    .description('import the history of agents from a SQLite database such as trading.db; running it again imports only new rows')
    .argument('<file>')
    .option('--mapping <file>', 'JSON file that maps tables and columns')
    .option('--dry-run', 'show how the file would be read without storing anything')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./import.ts')).importFile))
}
