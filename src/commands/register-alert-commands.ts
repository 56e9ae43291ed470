import { Argument, type Command } from 'commander'
import { commandLineReason, parseAlertId, reasonHelp } from './arguments.ts'
import { addFilterOptions } from './filter-options.ts'
import { lazyAction } from './lazy.ts'

/** The subcommands about alerts. */
export function registerAlertCommands(program: Command): void {
  const alerts = program.command('alerts').description('show the alerts, or acknowledge one')
  const list = alerts
    .command('list', { isDefault: true })
    .description('show the open alerts, grouped by cause')
    .option('--all', 'include resolved alerts')
  addFilterOptions(list, 'alerts')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./alerts.ts')).showAlerts))
  alerts
    .command('ack')
    .description('acknowledge an open alert, so that it is not sent again unless it gets worse')
    .argument('<alert>', 'number of the alert', parseAlertId)
    .option('--reason <text>', 'what is being done about it', '')
    .action(lazyAction(async () => (await import('./alerts.ts')).acknowledge))
  alerts
    .command('report')
    .description('report an external alert: slow performance, an underperforming agent, or a resource shortage')
    .addArgument(new Argument('<about>', 'what the alert is about').choices(['performance', 'agent', 'resource']))
    .argument('[name]', 'the agent, or the resource, such as cpuPercent')
    .option('--severity <severity>', 'for performance or an agent: critical, high, medium or low (default: high)')
    .option('--component <component>', 'for a resource: the host or process (default: system)')
    .option('--over', 'the shortage is over')
    .option('--reason <text>', reasonHelp, commandLineReason)
    .action(lazyAction(async () => (await import('./alerts.ts')).runReportAlert))
}
