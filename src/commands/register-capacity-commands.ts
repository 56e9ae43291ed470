import type { Command } from 'commander'
import { parseLimit } from './arguments.ts'
import { lazyAction } from './lazy.ts'

/** The subcommands about resources. */
export function registerCapacityCommands(program: Command): void {
  program
    .command('capacity')
    .description(
      'show CPU, memory and storage usage by agent and host, with its trend and the date on which the limit is reached',
    )
    .option('--agent <agent>', 'only resources of this agent')
    .option('--limit <n>', 'maximum number of entries to show', parseLimit)
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./capacity.ts')).showCapacity))
  program
    .command('recommendations')
    .description('show what to do about agents and their resources, with the data behind it')
    .option('--agent <agent>', 'only recommendations for this agent')
    .option('--limit <n>', 'maximum number of entries to show', parseLimit)
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./capacity.ts')).showRecommendations))
}
