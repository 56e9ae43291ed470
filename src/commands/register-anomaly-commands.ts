import type { Command } from 'commander'
import { parseAnomalyId, reasonHelp } from './arguments.ts'
import { addFilterOptions } from './filter-options.ts'
import { lazyAction } from './lazy.ts'

/** The subcommands about anomalies. */
export function registerAnomalyCommands(program: Command): void {
  const anomalies = program.command('anomalies').description('show the anomalies, or dismiss one')
  const list = anomalies
    .command('list', { isDefault: true })
    .description('show ongoing anomalies, newest first')
    .option('--all', 'include anomalies that have ended')
  addFilterOptions(list, 'anomalies')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./anomalies.ts')).showAnomalies))
  anomalies
    .command('dismiss')
    .description('dismiss a false alarm; similar anomalies must be stronger to be reported')
    .argument('<anomaly>', 'number of the anomaly', parseAnomalyId)
    .option('--reason <text>', reasonHelp, '')
    .action(lazyAction(async () => (await import('./anomalies.ts')).runDismissAnomaly))
}
