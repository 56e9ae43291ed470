import type { Command } from 'commander'
import { reasonHelp } from './arguments.ts'
import { lazyAction } from './lazy.ts'

/** The subcommand that undoes changes. */
export function registerUndoCommands(program: Command): void {
  program
    .command('undo')
    .description("show what undoing a trial, an agent's changes or those of the whole fleet would restore; --yes does it")
    .argument('[trial]', 'the trial whose change is undone')
    .option('--agent <agent>', "undo this agent's changes (default: the latest)")
    .option('--all', 'undo the changes of all agents since --to')
    .option('--to <version|time>', 'a version such as 3, or a time such as 2026-11-21T11:00')
    .option('--yes', 'do it')
    .option('--reason <text>', reasonHelp, '')
    .option('--no-wait', 'with --yes: return immediately')
    .option('--json', 'print JSON')
    .action(lazyAction(async () => (await import('./undo.ts')).undoChanges))
}
