import type { Command } from 'commander'
import { parseLimit } from './arguments.ts'
import { createSinceOption } from './filter-options.ts'
import { lazyAction } from './lazy.ts'

/** The subcommand that shows the audit log. */
export function registerAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('show who decided or did what, when and why: commands, changes, trials, tokens; newest first')
    .option('--action <action>', 'only this action, or all actions with this prefix, such as policy.changed or policy')
    .option('--actor <name>', 'only what this person, token or component did')
    .option('--agent <agent>', 'only what was done to this agent; the same as --subject')
    .option('--subject <name>', 'only entries about this agent, field, token, trial or cycle')
    .option('--workflow <id>', 'only what this workflow did')
    .addOption(createSinceOption())
    .option('--until <time>', 'only entries up to this time')
    .option('--limit <n>', 'maximum number of entries to show, up to 1,000 (default: 100)', parseLimit)
    .option('--after <entry>', 'the next page')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./audit.ts')).showAuditLog))
}
