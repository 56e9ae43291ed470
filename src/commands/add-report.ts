import { type Command, Option } from 'commander'
import { parseLimit } from './arguments.ts'
import { lazy } from './lazy.ts'

/** The subcommand that reports what was gained. */
export function addReport(program: Command): void {
  program
    .command('report')
    .description('report the results of all trials, one by one and in total; or everything that happened in a time or a cycle')
    .option('--since <time>', 'report this time: how long ago it began, such as 24h or 7d, or a time such as 2026-11-21T11:00')
    .option('--until <time>', 'with --since: when it ended; now by default')
    .option('--cycle <id>', 'report this cycle, or the latest')
    .option('--agent <id>', 'report only this agent')
    .addOption(new Option('--format <format>', 'how a time or a cycle is reported').choices(['text', 'markdown', 'html', 'json']))
    .option('--out <file>', 'write the report of a time or a cycle to this file')
    .option('--limit <n>', 'how many results are listed one by one, the newest first; the totals are those of all', parseLimit)
    .option('--learning', 'report what was learned: success by type, calibration, which knobs matter, what is worth trying')
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./report.ts')).report))
}
