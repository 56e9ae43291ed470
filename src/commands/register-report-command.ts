import { type Command, Option } from 'commander'
import { parseLimit } from './arguments.ts'
import { lazyAction } from './lazy.ts'

/** The subcommand that reports the gains. */
export function registerReportCommand(program: Command): void {
  program
    .command('report')
    .description('report the results of all trials, or everything that happened in a period or a cycle')
    .option(
      '--since <time>',
      'start of the period to report on: a duration ago, such as 24h or 7d, or a time such as 2026-11-21T11:00',
    )
    .option('--until <time>', 'with --since: end of the period (default: now)')
    .option('--cycle <id>', 'report this cycle, or the latest')
    .option('--agent <id>', 'report only this agent')
    .addOption(
      new Option('--format <format>', 'format of the report of a period or a cycle').choices([
        'text',
        'markdown',
        'html',
        'json',
      ]),
    )
    .option('--out <file>', 'write the report of a period or a cycle to this file')
    .option('--limit <n>', 'maximum number of results to list, newest first; totals cover all', parseLimit)
    .option('--learning', 'report what was learned: success by type, calibration, which knobs matter, what is worth trying')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./report.ts')).showReport))
}
