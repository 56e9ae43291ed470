import { Command } from 'commander'
import { addAlerts } from './add-alerts.ts'
import { addAnomalies } from './add-anomalies.ts'
import { addAudit } from './add-audit.ts'
import { addCapacity } from './add-capacity.ts'
import { addConfigurations } from './add-configurations.ts'
import { addExport } from './add-export.ts'
import { addHelpers } from './add-helpers.ts'
import { addLists } from './add-lists.ts'
import { addObjectives } from './add-objectives.ts'
import { addPolicy } from './add-policy.ts'
import { addReading } from './add-reading.ts'
import { addReport } from './add-report.ts'
import { addTokens } from './add-tokens.ts'
import { addTrials } from './add-trials.ts'
import { addUndo } from './add-undo.ts'
import { parseCycles } from './arguments.ts'
import { lazy } from './lazy.ts'
import { addProfile } from './profile-options.ts'

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
    .option('--paused', 'pause the schedule; run only cycles that you start')
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
    .description('import the history of agents from a SQLite database such as trading.db; running it again imports only new rows')
    .argument('<file>')
    .option('--mapping <file>', 'JSON file that maps tables and columns')
    .option('--dry-run', 'show how the file would be read without storing anything')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./import.ts')).importFile))
}
