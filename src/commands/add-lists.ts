import type { Command } from 'commander'
import { parseLimit } from './arguments.ts'
import { sinceOption } from './filter-options.ts'
import { lazy } from './lazy.ts'

/** The subcommands that list agents and cycles. */
export function addLists(program: Command): void {
  program
    .command('agents')
    .description('show every agent in a line: what it is optimized for, its worst bottleneck, and what is tried on it')
    .option('--kind <kind>', 'only agents of this kind')
    .option('--limit <n>', 'how many agents are shown', parseLimit)
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./agents.ts')).agents))
  program
    .command('cycles')
    .description('list the cycles, newest first')
    .option('--agent <agent>', 'only those for this agent alone')
    .addOption(sinceOption())
    .option('--limit <n>', 'how many cycles are listed', parseLimit)
    .option('--json', 'print JSON')
    .action(lazy(async () => (await import('./cycles.ts')).cycles))
}
