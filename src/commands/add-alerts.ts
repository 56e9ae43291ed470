import type { Command } from 'commander'
import { parseAlert } from './arguments.ts'
import { addFilters } from './filter-options.ts'
import { lazy } from './lazy.ts'

/** The subcommands about alerts. */
export function addAlerts(program: Command): void {
  const alerts = program.command('alerts').description('show the alerts, or acknowledge one')
  const list = alerts
    .command('list', { isDefault: true })
    .description('show the open alerts, those with the same cause together')
    .option('--all', 'also those that are resolved')
  addFilters(list, 'alerts')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./alerts.ts')).list))
  alerts
    .command('ack')
    .description('acknowledge an open alert, so that it is not sent again unless it gets worse')
    .argument('<alert>', 'its number', parseAlert)
    .option('--reason <text>', 'what is done about it', '')
    .action(lazy(async () => (await import('./alerts.ts')).acknowledge))
}
