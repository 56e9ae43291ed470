import { Argument, type Command } from 'commander'
import { fromCommandLine, parseAlert } from './arguments.ts'
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
    .action(lazy(async () => (await import('./alerts.ts')).showAlerts))
  alerts
    .command('ack')
    .description('acknowledge an open alert, so that it is not sent again unless it gets worse')
    .argument('<alert>', 'its number', parseAlert)
    .option('--reason <text>', 'what is done about it', '')
    .action(lazy(async () => (await import('./alerts.ts')).acknowledge))
  alerts
    .command('report')
    .description('tell the optimizer of an alert from outside: something is slow, an agent does badly, or a resource is short')
    .addArgument(new Argument('<about>', 'what it is about').choices(['performance', 'agent', 'resource']))
    .argument('[name]', 'the agent, or the resource such as cpuPercent')
    .option('--severity <severity>', 'critical, high, medium or low, of performance or an agent; by default high')
    .option('--component <component>', 'of a resource: the host or process, by default system')
    .option('--over', 'the resource is sufficient again')
    .option('--reason <text>', 'reason for the audit trail', fromCommandLine)
    .action(lazy(async () => (await import('./alerts.ts')).runReportAlert))
}
